import { ApacheProxy } from './lib/web/apache.mjs';
import { runMatrix } from './lib/web/matrix.mjs';

runMatrix(ApacheProxy);
