// The type of the list: reading a file of this size for its type would slow every check down.
import type { Licences } from './licences';

declare const licences: Licences;
export default licences;
