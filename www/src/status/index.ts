// sse-status.js: `connect`, and the elements, which it defines.
import { connect as connectHere } from './connect';
import { defineElements } from './elements';
import type * as api from './sse-status';

export const connect: typeof api.connect = connectHere;
defineElements();
