/**
 * Control messages: the hello with which two peers find out whether they belong together, and the beats by
 * which each knows that the other is there.
 *
 * ```
 * hello = 0x01 | protocol version, 2 bytes big-endian | [ chain_id bin 32, height uint, [ address str, … ] ]
 * beat  = 0x02 | [ height uint ]
 * ```
 *
 * What is in brackets is canonical MessagePack (chain/codec.ts). The version stands before what may differ
 * with it.
 */
import { equalBytes, formatHex } from '../chain/bytes.ts';
import { bin, decode, encode, list, str, tuple, uint } from '../chain/codec.ts';
import { HASH_BYTES } from '../chain/record.ts';
import { NetworkError } from './errors.ts';
import { encodeFrame } from './frame.ts';

/** Version of what two peers say to each other in this layer. */
const PROTOCOL_VERSION = 1;

/** What a peer says of itself first. */
export interface Hello {
  /** Hash of the genesis. */
  readonly chainId: Uint8Array;
  readonly height: number;
  /** Multiaddrs under which the peer says that it is reached; shown to operators, never dialled. */
  readonly addresses: readonly string[];
}

/** A message of the control stream. */
export type ControlMessage =
  | { readonly kind: 'hello'; readonly version: number; readonly content: Uint8Array }
  | { readonly kind: 'beat'; readonly height: number };

const HELLO = 1;
const BEAT = 2;
const HELLO_HEADER_BYTES = 3;
const ADDRESS_BYTES_MAX = 256;
const ADDRESS_COUNT_MAX = 8;
const ADDRESS = /^\/[\x21-\x7e]*$/;

const helloSchema = tuple<Hello>({
  chainId: bin(HASH_BYTES),
  height: uint(),
  addresses: list(str(ADDRESS_BYTES_MAX), ADDRESS_COUNT_MAX),
});
const beatSchema = tuple<{ readonly height: number }>({ height: uint() });

/** Returns the frame of a hello. */
export function encodeHello(hello: Hello): Uint8Array {
  const header = Uint8Array.of(HELLO, PROTOCOL_VERSION >> 8, PROTOCOL_VERSION & 0xff);
  return encodeFrame(header, encode(helloSchema, hello));
}

/** Returns the frame of a beat. */
export function encodeBeat(height: number): Uint8Array {
  return encodeFrame(Uint8Array.of(BEAT), encode(beatSchema, { height }));
}

/** Returns the message of a frame's body. Throws ERR_FRAMING. */
export function decodeControl(body: Uint8Array): ControlMessage {
  switch (body[0]) {
    case HELLO: {
      if (body.length < HELLO_HEADER_BYTES) throw framing('a hello ends within its header');
      const version = (body[1] ?? 0) * 256 + (body[2] ?? 0);
      return { kind: 'hello', version, content: body.subarray(HELLO_HEADER_BYTES) };
    }
    case BEAT:
      return { kind: 'beat', ...decodeOr(() => decode(beatSchema, body.subarray(1))) };
    default:
      throw framing(`a control message is of kind ${body[0] ?? 'none'}`);
  }
}

/**
 * Returns what a peer says of itself, if it is of our version and our chain.
 *
 * Throws ERR_VERSION or ERR_OTHER_CHAIN, which say what differs, or ERR_FRAMING.
 */
export function checkHello(
  { version, content }: Extract<ControlMessage, { kind: 'hello' }>,
  chainId: Uint8Array,
): Hello {
  if (version !== PROTOCOL_VERSION) {
    throw new NetworkError(
      'ERR_VERSION',
      `protocol version ${PROTOCOL_VERSION} here, ${version} there`,
    );
  }
  const hello = decodeOr(() => decode(helloSchema, content));
  if (!equalBytes(hello.chainId, chainId)) {
    throw new NetworkError(
      'ERR_OTHER_CHAIN',
      `chain id ${formatHex(chainId)} here, ${formatHex(hello.chainId)} there`,
    );
  }
  if (!hello.addresses.every((address) => ADDRESS.test(address))) {
    throw framing('a hello tells an address that is none');
  }
  return hello;
}

function decodeOr<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new NetworkError('ERR_FRAMING', 'a control message does not decode', { cause });
  }
}

function framing(message: string): NetworkError {
  return new NetworkError('ERR_FRAMING', message);
}
