/**
 * The interface of a node: one server for cameras, journalists and institutions, and one, on an address of
 * its own, for routes that change the node itself.
 */
import { type AppOptions, type AppWorld, createApp } from './app.ts';
import { createPress, type Press } from './certificate/press.ts';
import type { Addresses } from './certificate/recordLink.ts';
import { EventHub, type HubOptions } from './events/hub.ts';
import { type Address, createListener, type Listener, type ListenOptions } from './listener.ts';
import type { ApiPorts } from './ports.ts';
import type { Route } from './route.ts';
import { adminRoutes } from './routes/admin.ts';
import { assetRoutes } from './routes/assets.ts';
import { cameraRoutes } from './routes/cameras.ts';
import { certificateRoutes } from './routes/certificate.ts';
import { documentRoutes } from './routes/documents.ts';
import { eventRoutes } from './routes/events.ts';
import { createChainTag, institutionRoutes } from './routes/institutions.ts';
import { journalistRoutes } from './routes/journalists.ts';
import { logRoutes } from './routes/log.ts';
import { provenanceRoutes } from './routes/provenance.ts';
import { networkRoutes } from './routes/network.ts';
import { rangeRoutes } from './routes/range.ts';
import { sigstoreRoutes } from './routes/sigstore.ts';
import { timestampRoutes } from './routes/timestamps.ts';
import { witnessRoutes } from './routes/witness.ts';
import { createNames, type Names } from './views/names.ts';
import { createVerifier, type Verifier } from './views/verify.ts';
import { type Assets, NO_ASSETS } from './web/assets.ts';

/** Routes that answer about photographs. */
const VERIFY_ROUTE = /\/verify\/|^POST .*\/verify$/;

/** Where an interface listens, and what it allows. */
export interface ApiOptions extends ListenOptions, AppOptions {
  /** Scheme and host under which the public knows this node; absent: those at which it is asked. */
  readonly publicUrl?: string;
  readonly events?: HubOptions;
  /** Scripts and styles of its pages; absent: the pages are plain. */
  readonly assets?: Assets;
}

/** An interface. */
export interface Api {
  /** Listens; rejects with the system's error (EADDRINUSE, EACCES) where it cannot. */
  start(): Promise<Address>;
  /**
   * Stops listening, ends long polls at once, and waits a bounded time for requests in flight.
   *
   * May be called again, and before a start.
   */
  stop(): Promise<void>;
}

/** What the routes of one interface share. */
interface Shared {
  readonly names: Names;
  readonly verifier: Verifier;
  readonly hub: EventHub;
  readonly assets: Assets;
  readonly press: Press;
  readonly addresses: Addresses;
}

/** Returns the interface for cameras, journalists and institutions; it does not listen yet. */
export function createApi(options: ApiOptions, ports: ApiPorts): Api {
  const stopping = new AbortController();
  const names = createNames(ports.ledger);
  const verifier = createVerifier(ports, names);
  const world = { ports, names, verifier, stopping: stopping.signal };
  const assets = options.assets ?? NO_ASSETS;
  const hub = new EventHub(options.events ?? {}, world);
  const press = createPress();
  const addresses = { publicUrl: options.publicUrl, isTls: options.tls !== undefined };
  const routes = listRoutes(ports, { names, verifier, hub, assets, press, addresses });
  const api = createServerOf(routes, options, {
    stopping,
    onResponse: (route, status, seconds) => {
      if (isVerifyAnswer(route, status)) hub.noteVerifyAnswer();
      ports.onResponse(route, status, seconds);
    },
    onFault: (error) => ports.onFault(error),
  });
  return {
    start: () => api.start(),
    stop: async () => {
      await api.stop();
      await press.stop();
    },
  };
}

/** Returns the interface for operators; it does not listen yet. */
export function createAdminApi(options: ApiOptions, ports: ApiPorts): Api {
  return createServerOf(adminRoutes(ports.admin), options, {
    stopping: new AbortController(),
    onResponse: (route, status, seconds) => ports.onResponse(route, status, seconds),
    onFault: (error) => ports.onFault(error),
  });
}

function listRoutes(ports: ApiPorts, shared: Shared): readonly Route[] {
  const { names, verifier, hub, assets, press, addresses } = shared;
  const tag = createChainTag(ports);
  const routes = [
    ...cameraRoutes(ports, verifier),
    ...journalistRoutes(ports, { verifier, tag, assets }),
    ...rangeRoutes(ports, tag),
    ...provenanceRoutes(ports, names, tag),
    ...certificateRoutes({ log: ports.log, names, press, addresses }),
    ...logRoutes(ports),
    ...timestampRoutes(ports),
    ...sigstoreRoutes(ports),
    ...witnessRoutes(ports),
    ...institutionRoutes(ports, names, tag),
    ...eventRoutes(ports, hub),
    ...networkRoutes(ports, assets),
  ];
  const version = (): string => ports.status.status().version;
  return [
    ...routes,
    ...assetRoutes(assets),
    ...documentRoutes(routes, adminRoutes(ports.admin), version),
  ];
}

/** Found or not: what was refused is no answer. */
function isVerifyAnswer(route: string, status: number): boolean {
  return VERIFY_ROUTE.test(route) && (status < 400 || status === 404);
}

interface ServerWorld extends Omit<AppWorld, 'stopping'> {
  readonly stopping: AbortController;
}

function createServerOf(routes: readonly Route[], options: ApiOptions, world: ServerWorld): Api {
  const { stopping } = world;
  const app = createApp(routes, options, { ...world, stopping: stopping.signal });
  const answer = app.callback();
  const listener: Listener = createListener((request, response) => {
    // Koa answers its own errors; the promise never rejects.
    void answer(request, response);
  }, options);
  return {
    start: () => listener.start(),
    stop: () => {
      stopping.abort();
      return listener.stop();
    },
  };
}
