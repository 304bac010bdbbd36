//! `loadline up`: a cluster that stays until Ctrl-C, with each address and a command to copy.

use loadline_app::contract::{Predictions, RunWish};
use loadline_app::library::{self, Library};
use loadline_app::run::conduct::{start_cluster, until_stopped};
use loadline_app::run::seeding::seed_cluster;
use loadline_app::run::share::Laptop;
use loadline_app::run::{RunSpec, addresses, engines, prepare};
use loadline_model::words::counted;

use crate::Outcome;
use crate::args::UpArgs;
use crate::output::{Failure, own_program, pace, print, progress, scratch_dir};
use crate::run::{async_runtime, design, interrupt};

pub(crate) fn up(args: UpArgs) -> Outcome {
    let library = Library::open();
    let exercise = library.exercise(&args.exercise)?;
    let scenario = library::scenario(exercise, None)?.clone();
    let (name, mut sketch) = design(exercise, args.design.as_deref())?;
    for (name, addresses) in &args.engine {
        engines::place(&mut sketch, name, addresses)?;
    }
    let wish = RunWish {
        scenario: scenario.name.clone(),
        shape: None,
        rate_per_s: None,
        duration_s: None,
        seed: args.seed,
        prefer: Default::default(),
    };
    let spec = RunSpec::new(&exercise.id, &name, sketch, scenario, &wish, Predictions::default())?;
    let prepared = prepare(&spec, Laptop { host: prepare::this_host(), share: args.laptop_share })?;
    async_runtime()?.block_on(async {
        let mut stop = interrupt();
        let processes = counted(prepared.plan.processes().count(), "process");
        progress(&format!("Starting {processes}"));
        let (program, scratch_dir) = (own_program()?, scratch_dir());
        let mut nobody = |_| {};
        let starting = start_cluster(&prepared.plan, spec.seed, &program, &scratch_dir, &mut nobody);
        // Stopped meanwhile: what was started ends with the cluster that nobody holds any more.
        let Some(started) = until_stopped(&mut stop.clone(), starting).await else { return Ok(()) };
        let mut cluster = started?;
        // From here on there may be something in real servers: it is taken away again, however this ends.
        let mut tell = |line: String| progress(&line);
        let seeding = seed_cluster(&spec, &prepared, &mut cluster, &mut tell);
        let seeded = until_stopped(&mut stop.clone(), seeding).await;
        if !matches!(seeded, Some(Ok(_))) {
            cluster.stop().await;
            let swept = engines::sweep(&prepared.plan, &spec.scenario.population, &mut cluster).await;
            seeded.transpose()?;
            return Ok(swept?);
        }
        let token = cluster.token().to_owned();
        let mut text = format!("{processes}, {}. The token of this run: {token}\n\n", pace(prepared.plan.scale.dilation));
        let own = cluster.addresses().map(|(node, port)| addresses::address(node, port, &token));
        let real = prepared.plan.real_engines().map(|(node, address)| engines::real_address(node, address));
        for address in own.chain(real) {
            text.push_str(&format!("{:<14} {:<16} {}\n", address.id, address.address, address.command));
        }
        text.push_str("\nCtrl-C ends it.\n");
        print(&text)?;
        loop {
            tokio::select! {
                event = cluster.next_event() => if let loadline_app::run::ClusterEvent::Died { node, reason } = event {
                    progress(&format!("{node} is gone: {reason}"));
                },
                asked = stop.wait_for(|stop| *stop) => {
                    drop(asked);
                    break;
                }
            }
        }
        cluster.stop().await;
        engines::sweep(&prepared.plan, &spec.scenario.population, &mut cluster).await?;
        Ok::<(), Failure>(())
    })
}
