//! The services of the exercises: one file a service, the same order in each: state, routes, handlers, calls.

pub mod work;
