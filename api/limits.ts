/** Limits of the interface. What an institution may set otherwise stands in `ApiOptions`. */

/** A body that is one object. */
export const OBJECT_BODY_BYTES_MAX = 262_144;
/** A body that is a list of submissions. */
export const BATCH_BODY_BYTES_MAX = 4 * 1_048_576;
/** A time-stamp query: one has about a hundred bytes. */
export const TIMESTAMP_QUERY_BYTES_MAX = 4_096;
/** Time stamps a second of one client: each costs a signature. */
export const TIMESTAMPS_PER_SECOND_MAX = 50;
/** A signature for the Sigstore log: the largest certificate in base64, and what stands around it. */
export const SIGSTORE_ENTRY_BYTES_MAX = 16_384;
/** Entries of the Sigstore log that one client may have made in a second: each is a durable write. */
export const SIGSTORE_ENTRIES_PER_SECOND_MAX = 10;
/** Checkpoints a second that one client may have cosigned: each costs a signature and a synced write. */
export const CHECKPOINTS_PER_SECOND_MAX = 20;
/** Submissions of one request. */
export const SUBMISSION_COUNT_MAX = 1_000;
/** Hex digits by which a range is asked for: eight stand for one in four billion. */
export const RANGE_DIGITS_MAX = 8;
/** Hashes of one range: twice as many as begin alike with the digits that the status recommends. */
export const RANGE_HASH_COUNT_MAX = 4_096;
/** Ranges a second of one client: each is a read of up to 4,096 rows. */
export const RANGES_PER_SECOND_MAX = 20;
/** Pictures of one walk through parents and derivatives, the asked one among them. */
export const PROVENANCE_PICTURE_COUNT_MAX = 64;
/** Steps of such a walk, in each direction. */
export const PROVENANCE_DEPTH_MAX = 8;
/** Walks a second of one client: each reads up to 64 records, and 65 derivatives of each. */
export const PROVENANCES_PER_SECOND_MAX = 20;
/** Hashes of one question. */
export const VERIFY_HASH_COUNT_MAX = 1_000;
/**
 * Braces, brackets and commas of one body: 64 for each submission of the longest list. What JSON costs to
 * parse goes by its values, not by its bytes: 4 MiB of empty objects take a second.
 */
export const JSON_MARK_COUNT_MAX = 64_000;
/** Bodies that may be larger than one object, read at the same time: bounds memory at 64 MiB. */
export const LARGE_BODY_COUNT_MAX = 16;
/** Time for which a proof waits for cosignatures: several times as long as they take. */
export const PROOF_WAIT_MS_MAX = 2_000;
/** Certificates a second that one client may have made: each costs a tenth of a second of a processor. */
export const CERTIFICATES_PER_SECOND_MAX = 2;
/** Certificates that wait to be made: those of some seconds. */
export const CERTIFICATE_WAITING_COUNT_MAX = 32;
/** Time in which one must be made, the start of the thread included: a hundred times as long as it takes. */
export const CERTIFICATE_TIME_MS_MAX = 20_000;
/** Time without certificates after which their thread ends. */
export const CERTIFICATE_IDLE_MS = 60_000;
/** Heap of that thread. */
export const CERTIFICATE_MEMORY_MIB_MAX = 128;
/** Longest wait of a long poll. */
export const WAIT_S_MAX = 60;
/** Long polls at the same time; more are answered at once. */
export const WAITING_COUNT_MAX = 1_000;
/** Derivatives that a verify answer names. */
export const DERIVATIVE_COUNT_MAX = 100;
/** Blocks of one list. */
export const BLOCK_COUNT_MAX = 100;
/** Blocks of a list that does not say how many. */
export const BLOCK_COUNT_DEFAULT = 20;
/** All headers of a request together. */
export const HEADER_BYTES_MAX = 16_384;
/** Time in which the headers of a request must arrive. */
export const HEADERS_TIMEOUT_MS = 10_000;
/** Time in which a whole request must arrive. */
export const REQUEST_TIMEOUT_MS = 30_000;
/** Time for which an idle connection stays open: longer than common proxies keep theirs. */
export const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** Connections at the same time. */
export const CONNECTION_COUNT_MAX = 2_000;
/** Requests a second of one client; an item of a list counts as a request. */
export const REQUESTS_PER_SECOND_MAX = 5_000;
/** Clients whose rates are remembered. */
export const CLIENT_COUNT_MAX = 10_000;
/** Time for which a stop waits for requests in flight. */
export const STOP_TIMEOUT_MS = 5_000;
/** Listeners to events at the same time. */
export const LISTENER_COUNT_MAX = 256;
/** Listeners of one client: an office of operators behind one address. */
export const LISTENERS_PER_CLIENT_MAX = 32;
/** Bytes that wait for a slow listener; one that lets more wait is dropped. Bounds memory at 64 MiB. */
export const LISTENER_BUFFER_BYTES_MAX = 262_144;
/** Blocks that a listener is sent who has missed some; who has missed more begins anew. */
export const REPLAY_BLOCK_COUNT_MAX = 1_000;
/** Blocks of a snapshot. */
export const SNAPSHOT_BLOCK_COUNT_MAX = 60;
/** Receipts that one listener may follow. */
export const FOLLOWED_RECEIPT_COUNT_MAX = 10;
/** Time between two samples, while somebody listens. */
export const SAMPLE_INTERVAL_MS = 1_000;
/** Time after which a listener to whom nothing is sent is sent a comment: below the patience of common proxies. */
export const HEARTBEAT_MS = 15_000;
/** Time after which a client that was cut off is to come back. */
export const LISTENER_RETRY_MS = 2_000;
/** Time in which a listener that is dropped may read the rest. */
export const LISTENER_END_MS_MAX = 1_000;
