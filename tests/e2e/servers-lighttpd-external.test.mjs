import { LighttpdExternal } from './lib/web/lighttpd.mjs';
import { runMatrix } from './lib/web/matrix.mjs';

runMatrix(LighttpdExternal);
