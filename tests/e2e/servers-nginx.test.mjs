import { Nginx } from './lib/web/nginx.mjs';
import { runMatrix } from './lib/web/matrix.mjs';

runMatrix(Nginx);
