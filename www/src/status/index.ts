// sse-status.js: `connect`, and the elements, which it defines.
import { defineElements } from './elements';

export { connect } from './connect';
defineElements();
