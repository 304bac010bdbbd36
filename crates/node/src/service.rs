//! The services of the exercises: one file a service, the same order in each: state, routes, handlers, calls.

pub mod api_gateway;
pub mod fanout;
pub mod feed;
pub mod load_balancer;
pub mod seeder;
pub mod store;
pub mod tweet;
pub mod user;
pub mod work;
