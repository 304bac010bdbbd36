// Constants that the build puts in. It is not code.
/** True in development, tests and the fixture build; false in a release, so that the fixture is left out. */
declare const __FIXTURE__: boolean;
