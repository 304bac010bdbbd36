//! pgbench itself: its own initialisation, made on the server, and its own script in both protocols.

use std::process::Stdio;

use crate::queries::text;
use crate::server::{Server, TOKEN};

/// Runs pgbench; gives what it said.
async fn pgbench(server: &Server, args: &[&str]) -> String {
    let mut command = tokio::process::Command::new("pgbench");
    command.args(["-h", "127.0.0.1", "-p", &server.port.to_string(), "-U", "loadline"]).args(args).arg("loadline");
    let output =
        command.env("PGPASSWORD", TOKEN).stdin(Stdio::null()).output().await.expect("pgbench is missing: install postgresql-contrib");
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "pgbench {args:?}: {said}");
    said
}

#[tokio::test]
async fn its_own_tables_and_its_own_script() {
    let server = Server::primary().await;
    let client = server.client().await;
    // Drop, create, generate by the client (with COPY) and then on the server, vacuum, primary keys.
    for steps in ["dtgvp", "dtGvp"] {
        pgbench(&server, &["-i", "-I", steps, "-s", "1"]).await;
        assert_eq!(
            text(&client, "SELECT count(*), min(aid), max(aid) FROM pgbench_accounts").await.unwrap(),
            ["100000|1|100000"],
            "{steps}"
        );
    }
    let mut done = 0;
    for mode in ["simple", "extended", "prepared"] {
        let said = pgbench(&server, &["-n", "-M", mode, "-c", "2", "-t", "20"]).await;
        assert!(said.contains("number of transactions actually processed: 40/40"), "{mode}: {said}");
        done += 40;
        let said = pgbench(&server, &["-n", "-S", "-M", mode, "-c", "2", "-t", "50"]).await;
        assert!(said.contains("number of transactions actually processed: 100/100"), "{mode}: {said}");
    }
    // What the script writes adds up.
    let sums = "SELECT (SELECT sum(abalance) FROM pgbench_accounts) = (SELECT sum(delta) FROM pgbench_history), \
                (SELECT sum(tbalance) FROM pgbench_tellers) = (SELECT sum(bbalance) FROM pgbench_branches), (SELECT count(*) FROM pgbench_history)";
    assert_eq!(text(&client, sums).await.unwrap(), [format!("t|t|{done}")]);
}
