/**
 * The interface of a node: one server for cameras, journalists and institutions, and one, on an address of
 * its own, for routes that change the node itself.
 */
import { type AppOptions, createApp } from './app.ts';
import { type Address, createListener, type Listener, type ListenOptions } from './listener.ts';
import type { ApiPorts } from './ports.ts';
import type { Route } from './route.ts';
import { adminRoutes } from './routes/admin.ts';
import { cameraRoutes } from './routes/cameras.ts';
import { documentRoutes } from './routes/documents.ts';
import { createChainTag, institutionRoutes } from './routes/institutions.ts';
import { journalistRoutes } from './routes/journalists.ts';
import { logRoutes } from './routes/log.ts';
import { sigstoreRoutes } from './routes/sigstore.ts';
import { timestampRoutes } from './routes/timestamps.ts';
import { witnessRoutes } from './routes/witness.ts';
import { createNames } from './views/names.ts';
import { createVerifier } from './views/verify.ts';

/** Where an interface listens, and what it allows. */
export interface ApiOptions extends ListenOptions, AppOptions {}

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

/** Returns the interface for cameras, journalists and institutions; it does not listen yet. */
export function createApi(options: ApiOptions, ports: ApiPorts): Api {
  return createServerOf(listRoutes(ports), options, ports);
}

/** Returns the interface for operators; it does not listen yet. */
export function createAdminApi(options: ApiOptions, ports: ApiPorts): Api {
  return createServerOf(adminRoutes(ports.admin), options, ports);
}

function listRoutes(ports: ApiPorts): readonly Route[] {
  const names = createNames(ports.ledger);
  const verifier = createVerifier(ports, names);
  const tag = createChainTag(ports);
  const routes = [
    ...cameraRoutes(ports, verifier),
    ...journalistRoutes(ports, verifier, tag),
    ...logRoutes(ports),
    ...timestampRoutes(ports),
    ...sigstoreRoutes(ports),
    ...witnessRoutes(ports),
    ...institutionRoutes(ports, names, tag),
  ];
  const version = (): string => ports.status.status().version;
  return [...routes, ...documentRoutes(routes, adminRoutes(ports.admin), version)];
}

function createServerOf(routes: readonly Route[], options: ApiOptions, ports: ApiPorts): Api {
  const stopping = new AbortController();
  const app = createApp(routes, options, {
    stopping: stopping.signal,
    onResponse: (route, status, seconds) => ports.onResponse(route, status, seconds),
    onFault: (error) => ports.onFault(error),
  });
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
