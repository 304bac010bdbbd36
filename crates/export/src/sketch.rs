//! A drawing as a picture or as another tool's text, and back. Pure: the same drawing gives the same bytes (a PNG: with the same fonts).
//!
//! | module | what it holds |
//! |---|---|
//! | [`canvas`] | where things stand: the grid, boxes, frames, and which port a link fills |
//! | [`route`] | right-angled links in lanes of their own, as on the canvas |
//! | [`layout`] | tidy positions that leave room for the lanes |
//! | [`svg`] | the drawing as the canvas shows it, light or dark |
//! | [`png`] | that picture in pixels |
//! | [`mermaid`] | the drawing as a flowchart, and flowcharts of other people as drawings |

pub mod canvas;
pub mod layout;
pub mod mermaid;
pub mod png;
pub mod route;
pub mod svg;
