import { H2o } from './lib/web/h2o.mjs';
import { runMatrix } from './lib/web/matrix.mjs';

runMatrix(H2o);
