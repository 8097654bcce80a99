//! How many respondents had any in how many years, read from marks as well as from counts.

/// Whether a cell counts anybody: `None` where that can't be told.
pub(crate) type Any = Option<bool>;

/// Respondents by the number of years in which they had any: index 0 is none, the last is all.
///
/// Rows with a year that can't be told are left out; their number is the second value.
pub(crate) fn years_with_any(rows: &[Vec<Any>], years: usize) -> (Vec<usize>, usize) {
    let mut buckets = vec![0; years + 1];
    let mut left_out = 0;
    for row in rows {
        match row.iter().copied().collect::<Option<Vec<bool>>>() {
            Some(known) => buckets[known.iter().filter(|any| **any).count()] += 1,
            None => left_out += 1,
        }
    }
    (buckets, left_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buckets_and_what_is_left_out_sum_to_the_rows() {
        let rows = vec![
            vec![Some(false), Some(false)],
            vec![Some(true), Some(false)],
            vec![Some(true), Some(true)],
            vec![None, Some(true)],
        ];
        assert_eq!(years_with_any(&rows, 2), (vec![1, 1, 1], 1));
    }

    #[test]
    fn court_orders_in_midtjylland_give_the_published_distributions() {
        let file = include_str!("../../../tests/data/reports/dom_midtjylland_answers.csv");
        let rows: Vec<Vec<u64>> = file
            .lines()
            .skip(1)
            .map(|line| {
                line.split(',')
                    .skip(1)
                    .map(|n| n.parse().unwrap())
                    .collect()
            })
            .collect();
        let buckets = |first: usize| {
            let any: Vec<Vec<Any>> = rows
                .iter()
                .map(|row| row[first..first + 3].iter().map(|n| Some(*n > 0)).collect())
                .collect();
            years_with_any(&any, 3)
        };
        assert_eq!(buckets(0), (vec![12, 1, 1, 5], 0));
        assert_eq!(buckets(3), (vec![5, 2, 3, 9], 0));
        assert_eq!(buckets(6), (vec![9, 2, 2, 6], 0));
    }
}
