//! Closed forms for queues with Poisson arrivals. Not a simulation: where there is no finite answer the result is `None`.
//!
//! Sources: L. Kleinrock, Queueing Systems, Volume 1: Theory, Wiley 1975 (sections 3.5 M/M/m, 5.6 Pollaczek-Khinchin);
//! A. O. Allen, Probability, Statistics, and Queueing Theory with Computer Science Applications, 2nd edition, Academic Press 1990
//! (section 5.2.4 response quantiles of M/M/c, section 5.3 the Allen-Cunneen approximation).

/// Probability that a request has to wait in M/M/c (Erlang's C formula). `erlangs` is the offered load: arrivals a second x mean service
/// time in seconds. 1 when the load is as much as the workers can do, or more.
pub fn erlang_c(workers: u32, erlangs: f64) -> f64 {
    let c = f64::from(workers);
    if erlangs <= 0.0 {
        return 0.0;
    }
    if workers == 0 || erlangs.is_nan() || erlangs >= c {
        return 1.0;
    }
    // Erlang's B by its recursion, which neither overflows nor cancels; C follows from B.
    let b = (1..=workers).fold(1.0, |b, k| erlangs * b / (f64::from(k) + erlangs * b));
    b / (1.0 - erlangs / c * (1.0 - b))
}

/// Mean wait for a worker in M/M/c, in ms. `None`: the queue grows without end.
pub fn mmc_mean_wait(workers: u32, per_s: f64, service_ms: f64) -> Option<f64> {
    let erlangs = per_s * service_ms / 1000.0;
    let spare = f64::from(workers) - erlangs;
    (spare > 0.0).then(|| erlang_c(workers, erlangs) * service_ms / spare)
}

/// Mean response time (wait and service) in M/M/c, in ms. `None`: the queue grows without end.
pub fn mmc_mean_response(workers: u32, per_s: f64, service_ms: f64) -> Option<f64> {
    mmc_mean_wait(workers, per_s, service_ms).map(|wait_ms| wait_ms + service_ms)
}

/// The response time in ms that a share `quantile` (0 to 1, both excluded) of requests does not pass in M/M/c, first come first served.
/// `None`: the queue grows without end, or the quantile is not between 0 and 1.
pub fn mmc_response_quantile(workers: u32, per_s: f64, service_ms: f64, quantile: f64) -> Option<f64> {
    let erlangs = per_s * service_ms / 1000.0;
    let sound = workers > 0 && per_s >= 0.0 && service_ms > 0.0 && erlangs < f64::from(workers);
    if !(sound && quantile > 0.0 && quantile < 1.0) {
        return None;
    }
    let wait = erlang_c(workers, erlangs);
    // x is in service times. P(T > x) = e^-x + C (e^-x - e^-(1+g)x) / g with g = c - 1 - a, and C x e^-x for the quotient in the limit of
    // g = 0. The slower of the two exponentials is taken out of the brackets, so that nothing overflows.
    let gap = f64::from(workers) - 1.0 - erlangs;
    let slower = 1.0 + gap.min(0.0);
    let beyond = |x: f64| {
        let waited = if gap.abs() < 1e-9 { x } else { -(-gap.abs() * x).exp_m1() / gap.abs() };
        (-x).exp() + wait * (-slower * x).exp() * waited
    };
    let rest = 1.0 - quantile;
    let mut high = 1.0;
    while beyond(high) > rest {
        high *= 2.0;
        if high > 1e12 {
            return None;
        }
    }
    let mut low = 0.0;
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if beyond(middle) > rest { low = middle } else { high = middle }
    }
    Some(0.5 * (low + high) * service_ms)
}

/// Mean wait in ms in M/G/c by the Allen-Cunneen approximation with Poisson arrivals: the wait of M/M/c x (1 + scv) / 2, where `scv` is
/// the squared coefficient of variation of the service time. Exact for one worker (Pollaczek-Khinchin) and for scv 1.
pub fn mgc_mean_wait(workers: u32, per_s: f64, service_ms: f64, scv: f64) -> Option<f64> {
    mmc_mean_wait(workers, per_s, service_ms).map(|wait_ms| wait_ms * (1.0 + scv) / 2.0)
}

/// Variance of that wait, in ms². Those who wait are taken to wait exponentially, as they do in M/M/c: with C their share and W the mean of
/// all, E[W²] = 2 W² / C.
pub fn mgc_wait_variance(workers: u32, per_s: f64, service_ms: f64, scv: f64) -> Option<f64> {
    let wait_ms = mgc_mean_wait(workers, per_s, service_ms, scv)?;
    let waiting = erlang_c(workers, per_s * service_ms / 1000.0);
    Some(if waiting > 0.0 { wait_ms.powi(2) * (2.0 / waiting - 1.0) } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(actual: impl Into<Option<f64>>, expected: f64) {
        let actual = actual.into().expect("a finite answer");
        assert!((actual - expected).abs() <= 1e-4 * expected.abs().max(1.0), "{actual}, expected {expected}");
    }

    #[test]
    fn erlang_c_known_answers() {
        check(erlang_c(1, 0.8), 0.8); // M/M/1: the utilisation
        check(erlang_c(2, 1.0), 1.0 / 3.0);
        check(erlang_c(3, 2.0), 4.0 / 9.0);
        check(erlang_c(10, 8.0), 0.409_180); // tables of Erlang C
        check(erlang_c(4, 0.0), 0.0);
        check(erlang_c(4, 4.0), 1.0);
        assert!(erlang_c(1000, 990.0).is_finite());
    }

    #[test]
    fn mean_response_known_answers() {
        check(mmc_mean_response(1, 80.0, 10.0), 50.0); // s / (1 - u)
        check(mmc_mean_response(2, 100.0, 10.0), 40.0 / 3.0);
        check(mmc_mean_response(1, 0.0, 10.0), 10.0);
        assert_eq!(mmc_mean_response(1, 100.0, 10.0), None);
        assert_eq!(mmc_mean_response(2, 250.0, 10.0), None);
    }

    #[test]
    fn quantiles_known_answers() {
        // M/M/1: the response is exponential with mean s / (1 - u).
        check(mmc_response_quantile(1, 80.0, 10.0, 0.99), 50.0 * 100f64.ln());
        check(mmc_response_quantile(1, 80.0, 10.0, 0.5), 50.0 * 2f64.ln());
        // Many workers, little load: nobody waits, so the service time's own quantile.
        check(mmc_response_quantile(64, 1.0, 10.0, 0.99), 10.0 * 100f64.ln());
        // c - 1 = a: the limit form is continuous with its neighbours.
        let at = mmc_response_quantile(2, 100.0, 10.0, 0.9).unwrap();
        check(mmc_response_quantile(2, 100.000_1, 10.0, 0.9), at);
        assert_eq!(mmc_response_quantile(1, 100.0, 10.0, 0.99), None);
        assert_eq!(mmc_response_quantile(1, 10.0, 10.0, 1.0), None);
    }

    #[test]
    fn quantiles_near_saturation() {
        // M/M/1: -ln(1 - q) s / (1 - u), however little is left of the worker.
        for spare in [1e-3, 1e-4, 1e-6, 1e-8] {
            let expected = 10.0 * 100f64.ln() / spare;
            let actual = mmc_response_quantile(1, 100.0 * (1.0 - spare), 10.0, 0.99).unwrap();
            assert!((actual / expected - 1.0).abs() < 1e-6, "{spare} to spare: {actual}, not {expected}");
        }
        // M/M/2 with 0.001 to spare: nearly all wait, with mean s / 0.001.
        let two = mmc_response_quantile(2, 199.9, 10.0, 0.99).unwrap();
        assert!((two / (10_000.0 * 100f64.ln()) - 1.0).abs() < 1e-3, "{two}");
    }

    #[test]
    fn quantile_agrees_with_the_mean() {
        // The mean is the integral of the quantile function.
        let steps = 20_000;
        let sum: f64 = (0..steps).map(|i| mmc_response_quantile(4, 320.0, 10.0, (f64::from(i) + 0.5) / f64::from(steps)).unwrap()).sum();
        let mean = mmc_mean_response(4, 320.0, 10.0).unwrap();
        assert!((sum / f64::from(steps) - mean).abs() < 0.002 * mean);
    }

    #[test]
    fn general_service_times() {
        check(mgc_mean_wait(1, 80.0, 10.0, 0.0), 20.0); // M/D/1: half of M/M/1's 40 ms
        check(mgc_mean_wait(1, 80.0, 10.0, 1.0), 40.0);
        check(mgc_mean_wait(1, 80.0, 10.0, 4.0), 100.0);
        assert_eq!(mgc_mean_wait(1, 100.0, 10.0, 0.0), None);
    }

    #[test]
    fn variance_of_the_wait() {
        // M/M/1: the response is exponential, so the variance of wait and service together is the mean squared.
        check(mgc_wait_variance(1, 80.0, 10.0, 1.0), 50.0_f64.powi(2) - 10.0_f64.powi(2));
        check(mgc_wait_variance(4, 0.0, 10.0, 1.0), 0.0);
        assert_eq!(mgc_wait_variance(1, 100.0, 10.0, 1.0), None);
    }
}
