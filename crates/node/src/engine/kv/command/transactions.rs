//! MULTI, EXEC, DISCARD, WATCH: commands that happen together or not at all.

use super::{Class, Command, Context, run};
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::Reply;
use crate::engine::kv::transaction::Transaction;

pub(super) const COMMANDS: &[Command] = &[
    Command::new("multi", 1, Class::Free, multi).at_once(),
    Command::new("exec", 1, Class::Exec, exec).at_once(),
    Command::new("discard", 1, Class::Free, discard).at_once(),
    Command::new("watch", -2, Class::Free, watch).keys(1, -1, 1).at_once(),
    Command::new("unwatch", 1, Class::Free, unwatch),
];

fn multi(cx: &mut Context<'_>, _args: Args<'_>, reply: &mut Reply) -> Done {
    if cx.session.transaction.is_some() {
        return Err(Fault::fixed("ERR MULTI calls can not be nested"));
    }
    cx.session.transaction = Some(Transaction::default());
    reply.ok();
    Ok(())
}

fn discard(cx: &mut Context<'_>, _args: Args<'_>, reply: &mut Reply) -> Done {
    if cx.session.transaction.take().is_none() {
        return Err(Fault::fixed("ERR DISCARD without MULTI"));
    }
    cx.session.watch.end(cx.keys);
    reply.ok();
    Ok(())
}

fn watch(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    if cx.session.transaction.is_some() {
        return Err(Fault::fixed("ERR WATCH inside MULTI is not allowed"));
    }
    for key in args.rest(1) {
        cx.session.watch.add(cx.keys, key);
    }
    reply.ok();
    Ok(())
}

fn unwatch(cx: &mut Context<'_>, _args: Args<'_>, reply: &mut Reply) -> Done {
    cx.session.watch.end(cx.keys);
    reply.ok();
    Ok(())
}

fn exec(cx: &mut Context<'_>, _args: Args<'_>, reply: &mut Reply) -> Done {
    let Some(transaction) = cx.session.transaction.take() else { return Err(Fault::fixed("ERR EXEC without MULTI")) };
    let has_changed = cx.session.watch.end(cx.keys);
    if transaction.spoiled {
        return Err(Fault::fixed("EXECABORT Transaction discarded because of previous errors."));
    }
    if has_changed {
        reply.null_array();
        return Ok(());
    }
    if transaction.commands().any(|command| command.class == Class::Grow) && cx.server.is_full(cx.keys, cx.board) {
        cx.server.node().failed("out_of_memory");
        return Err(Fault::new(format!("EXECABORT Transaction discarded because of: {}", Fault::OUT_OF_MEMORY.0)));
    }
    for command in transaction.commands() {
        cx.admission.admit(cx.server, cx.session, command.class)?;
    }
    if let Some(journal) = &mut cx.board.journal {
        journal.lost(&cx.keys.take_lost());
        journal.begin_group();
    }
    cx.session.in_exec = true;
    reply.array(transaction.len());
    for (command, args) in transaction.take() {
        run(cx, command, args.args(command.name), reply);
    }
    cx.session.in_exec = false;
    if let Some(journal) = &mut cx.board.journal {
        journal.end_group();
    }
    Ok(())
}
