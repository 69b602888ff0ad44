import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { expect } from 'chai';

import { ERROR_TITLE, HTTP_STATUS } from '../../api/httpStatus.ts';
import { jsonOf, type Running, startAdminApi, startApi, stopAll } from './client.ts';

const DOCS = path.resolve(import.meta.dirname, '../../docs');
const METHODS = ['get', 'post', 'put'] as const;

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<
    Record<string, { readonly description: string; readonly content?: object }>
  >;
}

interface OpenApi {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Partial<Record<(typeof METHODS)[number], Operation>>>>;
  readonly components: {
    readonly schemas: {
      readonly Problem: { readonly properties: { readonly code: { readonly enum: string[] } } };
    };
  };
  readonly 'x-error-codes': readonly {
    readonly code: string;
    readonly status: number;
    readonly when: string;
  }[];
}

async function openApiOf(api: Running): Promise<OpenApi> {
  return (await jsonOf(await api.get('/openapi.json'))) as unknown as OpenApi;
}

/** Every operation of the document as `GET /path`. */
function operationsOf({ paths }: OpenApi): (readonly [label: string, operation: Operation])[] {
  return Object.entries(paths).flatMap(([route, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined
        ? []
        : [[`${method.toUpperCase()} ${route}`, operation] as const];
    }),
  );
}

/** Rows of the table in the documents: code, status, when. */
async function codeRows(): Promise<string[][]> {
  const text = await readFile(path.join(DOCS, 'error-codes.md'), 'utf8');
  return text
    .split('\n')
    .filter((line) => line.startsWith('| `ERR_'))
    .map((line) =>
      line
        .split('|')
        .slice(1, 4)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

describe('the table of codes', () => {
  afterEach(stopAll);

  const source = Object.entries(HTTP_STATUS).map(([code, status]) => [
    code,
    String(status),
    ERROR_TITLE[code as keyof typeof ERROR_TITLE],
  ]);

  it('in the documents is the one of the source', async () => {
    expect(await codeRows()).to.have.deep.members(source);
  });

  it('in the OpenAPI document is the one of the source', async () => {
    const document = await openApiOf(await startApi());

    const rows = document['x-error-codes'].map(({ code, status, when }) => [
      code,
      String(status),
      when,
    ]);
    expect(rows).to.have.deep.members(source);
    expect(document.components.schemas.Problem.properties.code.enum).to.have.members(
      source.map(([code]) => code),
    );
  });

  it('on the page has an anchor for each code, where problems point', async () => {
    const { get } = await startApi();

    const page = await (await get('/docs')).text();

    for (const [code] of source) expect(page).to.include(`id="${code}"`);
  });
});

describe('the OpenAPI document', () => {
  afterEach(stopAll);

  it('is of version 3.1', async () => {
    expect((await openApiOf(await startApi())).openapi).to.match(/^3\.1\./);
  });

  it('names only routes that answer', async () => {
    const api = await startApi();
    const admin = await startAdminApi();

    for (const [label] of operationsOf(await openApiOf(api))) {
      const [method = '', route = ''] = label.split(' ');
      const { get } = route.startsWith('/admin') ? admin : api;
      const response = await get(route.replaceAll(/\{\w+\}/g, 'x'), { method });

      const body = response.headers.get('content-type')?.includes('json')
        ? await jsonOf(response)
        : {};
      expect(body['detail'], label).not.to.equal('no such route; /docs lists them');
      expect(body['code'], label).not.to.equal('ERR_METHOD');
    }
  });

  it('names every route that was asked, as the node counts it', async () => {
    const api = await startApi();
    const labels = operationsOf(await openApiOf(api)).map(([label]) => label);
    for (const label of labels.filter((each) => !each.includes('/admin/'))) {
      const [method = '', route = ''] = label.split(' ');
      await api.get(route.replaceAll(/\{\w+\}/g, 'x'), { method });
    }

    const counted = new Set(api.ports.responses.map(([route]) => route));

    counted.delete('GET /openapi.json');
    expect([...counted]).to.have.members(labels.filter((each) => !each.includes('/admin/')));
  });

  it('gives each operation a name of its own, and the problems of every route', async () => {
    const operations = operationsOf(await openApiOf(await startApi())).map(([, each]) => each);

    const names = new Set(operations.map(({ operationId }) => operationId));
    expect(names.size).to.equal(operations.length);
    for (const { responses, operationId } of operations) {
      expect(responses['429']!.content, operationId).to.have.property('application/problem+json');
      expect(responses['500']!.description, operationId).to.include('ERR_INTERNAL');
    }
  });

  it('names under each status only codes that have it', async () => {
    const operations = operationsOf(await openApiOf(await startApi()));

    for (const [label, { responses }] of operations) {
      for (const [status, { description }] of Object.entries(responses)) {
        for (const code of description.match(/ERR_[A-Z0-9_]+/g) ?? []) {
          expect(HTTP_STATUS[code as keyof typeof HTTP_STATUS], `${label} ${code}`).to.equal(
            Number(status),
          );
        }
      }
    }
  });

  it('describes requests by the schemas that parse them', async () => {
    const text = await (await (await startApi()).get('/openapi.json')).text();

    expect(text).to.include('"^[0-9a-fA-F]{64}$"');
    expect(text).to.include('"maxItems":16');
    expect(text).to.include('"contentEncoding":"base64"');
  });

  it('lets answers grow', async () => {
    const { components } = await openApiOf(await startApi());

    for (const name of ['Found', 'Absent', 'Receipt', 'Status', 'Block', 'Problem']) {
      expect(JSON.stringify(components.schemas[name as 'Problem']), name).not.to.include(
        '"additionalProperties":false',
      );
    }
  });
});

describe('the documents', () => {
  afterEach(stopAll);

  it('describe every route, and no other', async () => {
    const text = await readFile(path.join(DOCS, 'http-api.md'), 'utf8');
    const described = [...text.matchAll(/^#+ `((?:GET|POST|PUT) [^`]+)`$/gm)].map(
      ([, label]) => label,
    );

    const labels = operationsOf(await openApiOf(await startApi())).map(([label]) => label);
    const pages = [
      'openapi.json',
      'docs',
      'style.css',
      'icon.svg',
      'network',
      'verify',
      'badge.js',
      'assets/{name}',
    ].map((name) => `GET /${name}`);
    expect(described).to.have.members([...labels, ...pages]);
  });

  it('are a page for people', async () => {
    const { get } = await startApi();

    const response = await get('/docs');

    const page = await response.text();
    expect(response.headers.get('content-type')).to.equal('text/html; charset=utf-8');
    expect(page).to.include('bundle_signature').and.not.include('`');
    for (const [label] of operationsOf(await openApiOf(await startApi()))) {
      expect(page).to.include(`<code>${label}</code>`);
    }
    for (const [name, type] of [
      ['style.css', /^text\/css/],
      ['icon.svg', /^image\/svg/],
    ] as const) {
      expect(page).to.include(`href="/${name}"`);
      expect((await get(`/${name}`)).headers.get('content-type')).to.match(type);
    }
  });
});
