//! Whether the choices of feed service, fan-out worker and tweet service belong together: push needs somebody who writes, hybrid needs both
//! halves. Which of them is better is for a run to say.

use loadline_model::diagnostic::{Diagnostic, Severity};
use loadline_model::sketch::SettingValue;

use super::Drawing;

pub(super) fn check(drawing: &Drawing<'_>, found: &mut Vec<Diagnostic>) {
    for feed in drawing.with_role("feed") {
        let built = drawing.word(feed, "timeline_built");
        let cached = drawing.fillers(feed, "timeline").next();
        let Some(cache) = cached else {
            if let Some(SettingValue::Word(word)) = drawing.part(feed).settings.get("timeline_built")
                && word != "on_read"
            {
                let reason = "it builds timelines on read whatever is set: port timeline is empty.".to_owned();
                let remedy = "Link a KV cache to timeline, or set \"On read\".";
                found.push(drawing.finding(Severity::Warning, "setting_without_effect", feed, reason, remedy));
            }
            continue;
        };
        if built == "on_read" {
            continue;
        }
        let writers: Vec<usize> = drawing
            .with_role("fanout")
            .filter(|worker| drawing.fillers(*worker, "timeline").any(|to| to == cache))
            .filter(|worker| drawing.fillers(*worker, "events").any(|log| told_of_tweets(drawing, log)))
            .collect();
        if writers.is_empty() {
            let reason = format!("it reads timelines from {}, and nothing writes new tweets into them.", drawing.part(cache).name);
            let remedy = "Link the tweet service's events to a Log, the Log to a Fan-out worker, and the worker's timeline to this cache.";
            found.push(drawing.finding(Severity::Warning, "timeline_never_written", feed, reason, remedy));
        }
        for worker in writers {
            let merged = drawing.word(worker, "celebrities") == "merged_on_read";
            if built == "hybrid" && !merged {
                let reason = format!("hybrid, but {} writes celebrities' tweets to all followers too.", drawing.part(worker).name);
                let remedy = "Set the worker's \"Celebrities' tweets\" to \"Merged on read\".";
                found.push(drawing.finding(Severity::Warning, "hybrid_half", feed, reason, remedy));
            }
            if built != "hybrid" && merged {
                let reason = format!("it leaves celebrities' tweets to be merged on read, and {} does not merge.", drawing.part(feed).name);
                let remedy = "Set the feed service's \"Timeline is built\" to \"Hybrid\".";
                found.push(drawing.finding(Severity::Warning, "hybrid_half", worker, reason, remedy));
            }
            let (read_from, written_below) = (drawing.number(feed, THRESHOLD), drawing.number(worker, THRESHOLD));
            if built == "hybrid" && merged && read_from != written_below {
                // Nothing is lost or shown twice: the seeder goes by the feed's figure, the worker by its own and tells the followers, and
                // the feed merges by id.
                let then = if read_from > written_below {
                    "begin in their followers' timelines, and are entered with every follower as celebrities in the middle of the run"
                } else {
                    "are looked up in every read of their followers, and what they post is written to all of these as well"
                };
                let reason = format!(
                    "celebrities begin at {} followers here and at {} in {}. Those in between {then}.",
                    read_from.unwrap_or_default(),
                    written_below.unwrap_or_default(),
                    drawing.part(worker).name,
                );
                found.push(drawing.finding(Severity::Warning, "thresholds_differ", feed, reason, "Set \"Celebrity from\" alike."));
            }
        }
    }
}

const THRESHOLD: &str = "celebrity_threshold";

fn told_of_tweets(drawing: &Drawing<'_>, log: usize) -> bool {
    drawing.with_role("tweet").any(|tweet| drawing.fillers(tweet, "events").any(|events| events == log))
}
