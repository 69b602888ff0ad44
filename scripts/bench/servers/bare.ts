/** The bare server: what Koa does a second when there is nothing to do. */
import Koa from 'koa';
import getRawBody from 'raw-body';

import { serve } from './listen.ts';

const app = new Koa();
app.use(async (ctx) => {
  if (ctx.method === 'POST') {
    const body = JSON.parse(await getRawBody(ctx.req, { encoding: true })) as {
      image_hash: string;
    };
    ctx.status = 202;
    ctx.body = { image_hash: body.image_hash };
  } else {
    ctx.body = { found: false };
  }
});
const respond = app.callback();
await serve((request, response) => void respond(request, response));
