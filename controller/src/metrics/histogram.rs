//! Counts spans of time by how long they were.

use std::time::Duration;

use super::text::{Kind, Text};

/// Spans by their length, cumulative when written.
#[derive(Debug, Clone)]
pub(super) struct Histogram {
    bounds_seconds: &'static [f64],
    /// One for each bound, and one for what is longer than all.
    counts: Vec<u64>,
    sum_seconds: f64,
}

impl Histogram {
    pub(super) fn new(bounds_seconds: &'static [f64]) -> Self {
        Self { bounds_seconds, counts: vec![0; bounds_seconds.len() + 1], sum_seconds: 0.0 }
    }

    pub(super) fn add(&mut self, span: Duration) {
        let seconds = span.as_secs_f64();
        let place = self.bounds_seconds.iter().position(|bound| seconds <= *bound).unwrap_or(self.bounds_seconds.len());
        if let Some(count) = self.counts.get_mut(place) {
            *count += 1;
        }
        self.sum_seconds += seconds;
    }

    pub(super) fn write(&self, name: &str, help: &str, text: &mut Text) {
        text.family(name, Kind::Histogram, help);
        let bounds = self.bounds_seconds.iter().map(f64::to_string).chain(["+Inf".to_owned()]);
        let mut so_far = 0;
        for (bound, count) in bounds.zip(&self.counts) {
            so_far += count;
            text.sample(&format!("{name}_bucket"), &[("le", &bound)], so_far as f64);
        }
        text.sample(&format!("{name}_sum"), &[], self.sum_seconds);
        text.sample(&format!("{name}_count"), &[], so_far as f64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_counted_up_to_each_bound() {
        let mut histogram = Histogram::new(&[0.5, 2.0]);
        [250, 500, 1000, 5000].into_iter().map(Duration::from_millis).for_each(|span| histogram.add(span));
        let mut text = Text::default();
        histogram.write("x_seconds", "Spans.", &mut text);
        let written = text.into_string();
        let samples: Vec<&str> = written.lines().filter(|line| line.starts_with("x_seconds")).collect();
        let expect = [
            "x_seconds_bucket{le=\"0.5\"} 2",
            "x_seconds_bucket{le=\"2\"} 3",
            "x_seconds_bucket{le=\"+Inf\"} 4",
            "x_seconds_sum 6.75",
            "x_seconds_count 4",
        ];
        assert_eq!(samples, expect);
    }
}
