// `connect`, in this browser.
import { createConnect } from './client';
import { browser } from './platform';
import type * as api from './sse-status';

// A module has its own address; a classic script must ask while it is being run.
const script = globalThis.document?.currentScript as HTMLScriptElement | null | undefined;
const home = script?.src || import.meta.url;

export const connect: typeof api.connect = createConnect(browser, () => home);
