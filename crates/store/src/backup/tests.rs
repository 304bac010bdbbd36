//! Which backups go, by age; the rest is tested on real files.

use super::*;

const DAY_MS: i64 = 86_400_000;
const NOW: i64 = 20_000 * DAY_MS;

fn made(days_ago: i64, reason: Reason) -> Backup {
    let made_ms = NOW - days_ago * DAY_MS;
    Backup { path: format!("{days_ago}-{}", reason.word()).into(), bytes: 1, made_ms, reason }
}

/// Days ago of what stays when the oldest are removed again and again.
fn stay(days_ago: &[i64], reason: Reason) -> Vec<i64> {
    let mut all: Vec<Backup> = days_ago.iter().map(|days| made(*days, reason)).collect();
    all.sort_by_key(|backup| -backup.made_ms);
    loop {
        let gone: Vec<PathBuf> = too_old(&all, NOW).iter().map(|backup| backup.path.clone()).collect();
        assert!(gone.len() <= GONE_AT_ONCE);
        if gone.is_empty() {
            return all.iter().map(|backup| (NOW - backup.made_ms) / DAY_MS).collect();
        }
        all.retain(|backup| !gone.contains(&backup.path));
    }
}

#[test]
fn days_then_weeks_stay() {
    let year: Vec<i64> = (0..365).collect();
    let kept = stay(&year, Reason::Daily);
    assert_eq!(kept.iter().filter(|days| **days < 7).count(), 7, "every day of a week: {kept:?}");
    let weeks: Vec<i64> = kept.iter().copied().filter(|days| *days >= 7).collect();
    assert!((7..=9).contains(&weeks.len()) && weeks.iter().all(|days| *days <= 56), "then one a week: {kept:?}");
}

#[test]
fn the_newest_of_each_reason_stay_however_old() {
    assert_eq!(stay(&[400, 500, 600, 700], Reason::Daily), [400, 500, 600]);
    assert_eq!(stay(&[30, 40, 50, 60], Reason::Migration), [30, 40, 50]);
    assert_eq!(stay(&[0, 1, 2, 3, 4], Reason::Migration), [0, 1, 2, 3, 4], "those of the week stay too");
    assert_eq!(stay(&[100, 101, 102, 103], Reason::Import), [100, 101, 102]);
}

#[test]
fn what_a_clock_set_back_finds_ahead_of_it_stays() {
    assert_eq!(stay(&[-400, -399, -398, -1, 0], Reason::Daily).len(), 5);
}

#[test]
fn names_are_read_again_and_others_are_let_be() {
    assert_eq!(named("loadline-20261122-034500-daily.db"), Some((1_795_319_100_000, Reason::Daily)));
    for other in
        ["loadline-20261122-034500-daily.db.part", "loadline-20261122-034500-weekly.db", "loadline.db", "notes.txt", "loadline--daily.db"]
    {
        assert_eq!(named(other), None, "{other}");
    }
}
