import { expect } from 'chai';

import { formatUtf8 } from '../../../chain/bytes.ts';
import { formatCosignatures } from '../../../chain/log/addCheckpoint.ts';
import { cosign } from '../../../chain/log/cosignature.ts';
import { readReply, type Response } from '../../../node/witness/reply.ts';
import { TestLog, witnessSigner } from '../../support/witnessRig.ts';

const LOG = new TestLog();
const SIGNER = witnessSigner('witness.example/w');
const QUESTION = LOG.question(3, 7);
const LINE = cosign(QUESTION.checkpoint.note.text, 1_795_225_000, SIGNER);
const SIZE = 'text/x.tlog.size';

/** What a response means: its type, or the failure. */
function meaning(status: number, body: string | Uint8Array = '', contentType = SIZE): string {
  const bytes = typeof body === 'string' ? formatUtf8(body) : body;
  const response: Response = { status, contentType, body: bytes };
  const reply = readReply(response, QUESTION, SIGNER.key);
  if (reply.type === 'otherSize') return `size ${reply.treeSize}`;
  return reply.type === 'failed' ? reply.failure : reply.type;
}

describe('a reply of a witness', () => {
  it('is the cosignature that it holds, whatever its type', () => {
    const body = formatCosignatures([LINE]);
    for (const contentType of ['', 'text/plain', 'application/octet-stream']) {
      const response = { status: 200, contentType, body };
      expect(readReply(response, QUESTION, SIGNER.key)).to.deep.equal({
        type: 'cosigned',
        line: LINE,
      });
    }
  });

  it('is malformed where it holds none that verifies', () => {
    const other = cosign(LOG.checkpoint(8).note.text, 1_795_225_000, SIGNER);
    const stranger = cosign(QUESTION.checkpoint.note.text, 1, witnessSigner('other'));

    for (const body of ['', 'ok', formatCosignatures([other]), formatCosignatures([stranger])]) {
      expect(meaning(200, body)).to.equal('malformed');
    }
  });

  it('is another size where 409 names one', () => {
    expect(meaning(409, '5\n')).to.equal('size 5');
    expect(meaning(409, '0\n')).to.equal('size 0');
    expect(meaning(409, '9\n')).to.equal('size 9');
    expect(meaning(409, '5\n', 'Text/X.tlog.size; charset=utf-8')).to.equal('size 5');
  });

  it('is a conflict where 409 names the size that was told, or none', () => {
    expect(meaning(409, '3\n')).to.equal('conflict');
    expect(meaning(409, '5\n', 'text/plain')).to.equal('conflict');
    expect(meaning(409, 'Conflict', 'application/problem+json')).to.equal('conflict');
  });

  it('is malformed where 409 names no number', () => {
    for (const body of ['', '5', '05\n', '-1\n', 'five\n']) {
      expect(meaning(409, body)).to.equal('malformed');
    }
  });

  it('is a conflict with 422', () => {
    expect(meaning(422, '5\n')).to.equal('conflict');
  });

  it('is a refusal with any other status below 500, a redirect among them', () => {
    for (const status of [201, 204, 301, 307, 400, 403, 404, 405, 413]) {
      expect(meaning(status, formatCosignatures([LINE])), `${status}`).to.equal('refused');
    }
  });

  it('says nothing with 429 and from 500 on', () => {
    for (const status of [429, 500, 502, 503, 504]) {
      expect(meaning(status), `${status}`).to.equal('unavailable');
    }
  });
});
