//! The services of the exercises: one file a service, the same order in each: state, routes, handlers, calls.

pub mod api_gateway;
pub mod load_balancer;
pub mod work;
