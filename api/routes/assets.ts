/** Routes of the files of the web build. */
import { ApiError } from '../errors.ts';
import type { Answer, Exchange, Route } from '../route.ts';
import type { Asset, Assets } from '../web/assets.ts';
import { chooseEncoding } from '../web/encoding.ts';

/** A name has the hash of the content in it, so what it names never changes. */
const FOR_EVER = 'public, max-age=31536000, immutable';
/** For an address that publishers write into their pages. */
const FOR_AN_HOUR = 'public, max-age=3600';

/** Returns the routes of files. */
export function assetRoutes(assets: Assets): readonly Route[] {
  const get = { method: 'GET', open: true } as const;
  return [
    {
      ...get,
      path: '/assets/{name}',
      answer: (exchange) =>
        assetAnswer(assets.find(exchange.param('name')), exchange, { lifetime: FOR_EVER }),
    },
    {
      ...get,
      path: '/badge.js',
      answer: (exchange) => {
        const name = assets.nameOf('badge.js');
        const asset = name === undefined ? undefined : assets.find(name);
        return assetAnswer(asset, exchange, { lifetime: FOR_AN_HOUR });
      },
    },
  ];
}

function assetAnswer(
  asset: Asset | undefined,
  exchange: Exchange,
  { lifetime }: { readonly lifetime: string },
): Answer {
  if (asset === undefined) throw new ApiError('ERR_NOT_FOUND', 'the web build has no such file');
  const encoding = chooseEncoding(exchange.header('accept-encoding'));
  return {
    status: 200,
    contentType: asset.contentType,
    body: encoding === undefined ? asset.body : asset.encoded[encoding],
    headers: {
      'Cache-Control': lifetime,
      Vary: 'Accept-Encoding',
      ...(encoding === undefined ? {} : { 'Content-Encoding': encoding }),
    },
  };
}
