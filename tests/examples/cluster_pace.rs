//! How long a cluster takes until all its processes are healthy and until all are gone, beside starting and collecting as many processes of
//! `true`. The rounds alternate.
//!
//!     cargo build --workspace --bins && cargo run -p loadline-tests --example cluster_pace [processes] [rounds]

#![expect(clippy::print_stdout, reason = "a measurement for a person")]

use std::collections::BTreeMap;
use std::error::Error;
use std::process::Command;
use std::time::Instant;

use loadline_cluster::{Cluster, ClusterConfig, new_token};
use loadline_model::envelope::{Distribution, Envelope};
use loadline_model::plan::{NodeSpec, Plan, Scale};

/// How soon the processes of a run must be healthy.
const HEALTHY_AT_MOST_S: f64 = 0.3;

fn main() -> Result<(), Box<dyn Error>> {
    let number = |n: usize, default| std::env::args().nth(n).map_or(Ok(default), |text| text.parse::<u32>());
    let (processes, rounds) = (number(1, 45)?, number(2, 9)?);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let (mut healthy, mut gone, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let began = Instant::now();
        let children: Vec<_> = (0..processes).map(|_| Command::new("true").spawn()).collect::<Result<_, _>>()?;
        for mut child in children {
            child.wait()?;
        }
        bare.push(began.elapsed().as_secs_f64());
        let token = new_token()?;
        let run_dir = std::env::temp_dir().join(format!("loadline-pace-{}", token.get(..8).unwrap_or_default()));
        let config = ClusterConfig { program: loadline_tests::loadline(), token, seed: 1, run_dir, sample_every_ms: 250 };
        let mut cluster = runtime.block_on(Cluster::start(&plan(processes), config, &mut |_| {}))?;
        healthy.push(cluster.healthy_s);
        let began = Instant::now();
        runtime.block_on(cluster.stop());
        drop(cluster);
        gone.push(began.elapsed().as_secs_f64());
    }
    let bare_s = median(&mut bare);
    for (what, seconds, at_most_s) in [("all healthy", &mut healthy, Some(HEALTHY_AT_MOST_S)), ("all gone after Stop", &mut gone, None)] {
        let median_s = median(seconds);
        let judged = at_most_s.map_or(String::new(), |at_most_s| {
            format!("; at most {at_most_s} s: {}", if median_s <= at_most_s { "met" } else { "missed" })
        });
        let (least, most) = (seconds.first().copied().unwrap_or(f64::NAN), seconds.last().copied().unwrap_or(f64::NAN));
        println!(
            "{processes} processes {what:<20} {median_s:.3} s = {:.1} x as many of `true` (from {least:.3} to {most:.3} s){judged}",
            median_s / bare_s
        );
    }
    println!("median of {rounds} alternating rounds; as many of `true` start and end in {bare_s:.3} s");
    Ok(())
}

/// A chain of no load: every process listens, knows the next one, and says that it is healthy.
fn plan(processes: u32) -> Plan {
    let id = |number: u32| format!("work{number}-1");
    let node = |number: u32| NodeSpec {
        id: id(number),
        component: format!("work{number}"),
        role: "work".into(),
        instance: 0,
        instances: 1,
        envelope: Envelope::single("work", 1, 1.0, Distribution::Fixed),
        settings: BTreeMap::new(),
        ports: if number + 1 < processes { BTreeMap::from([("next".into(), vec![id(number + 1)])]) } else { BTreeMap::new() },
    };
    let nodes = (0..processes).map(node).collect();
    Plan { scale: Scale { slice: 1.0, dilation: 1.0 }, nodes, entry: vec![id(0)], not_run: Vec::new(), engines: BTreeMap::new() }
}

/// The median; sorts them.
fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
