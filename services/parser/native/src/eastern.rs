//! US Eastern time, in which EDGAR states when it accepted a filing.
//!
//! Daylight saving time: since 2007 from the second Sunday of March to the first of November; from 1987 to 2006 from the
//! first Sunday of April to the last of October. Other years are declined.

use crate::values::{is_day, is_digits};

const LENGTH: usize = 14;
const FIRST_YEAR: u32 = 1987;
const LAST_YEAR: u32 = 2037;
const CHANGE_HOUR: u32 = 2;

/// Return `20241230161500`, US Eastern, in UTC: `2024-12-30T21:15:00Z`.
///
/// The hour that occurs twice, in autumn, is the first of the two. The hour that is left out in spring is standard time.
pub fn to_utc(text: &str) -> Option<String> {
    if text.len() != LENGTH || !is_digits(text) || !is_day(&text[..4], &text[4..6], &text[6..8]) {
        return None;
    }
    let number = |from: usize, to: usize| text[from..to].parse::<u32>().ok();
    let (mut year, mut month, mut day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
    let (mut hour, minute, second) = (number(8, 10)?, number(10, 12)?, number(12, 14)?);
    if !(FIRST_YEAR..=LAST_YEAR).contains(&year) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    hour += if is_daylight_saving(year, month, day, hour) { 4 } else { 5 };
    if hour > 23 {
        hour -= 24;
        day += 1;
        if !is_day(&text[..4], &text[4..6], &day.to_string()) {
            (month, day) = (month + 1, 1);
        }
        if month > 12 {
            (year, month) = (year + 1, 1);
        }
    }
    Some(format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z"))
}

fn is_daylight_saving(year: u32, month: u32, day: u32, hour: u32) -> bool {
    let (begin, end) = if year >= 2007 {
        ((3, sunday_from(year, 3, 8)), (11, sunday_from(year, 11, 1)))
    } else {
        ((4, sunday_from(year, 4, 1)), (10, sunday_from(year, 10, 25)))
    };
    let at = (month, day, hour);
    // The hour after the change in spring does not exist, and keeps the standard offset.
    at >= (begin.0, begin.1, CHANGE_HOUR + 1) && at < (end.0, end.1, CHANGE_HOUR)
}

/// Return the first Sunday of a month on or after a day.
fn sunday_from(year: u32, month: u32, day: u32) -> u32 {
    let is_sunday = |day: &u32| weekday(year, month, *day) == 0;
    (day..day + 7).find(is_sunday).unwrap_or(day)
}

/// Return the day of the week, 0 for Sunday, by Sakamoto's method.
fn weekday(year: u32, month: u32, day: u32) -> u32 {
    const OFFSETS: [u32; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let year = if month < 3 { year - 1 } else { year };
    (year + year / 4 - year / 100 + year / 400 + OFFSETS[month as usize - 1] + day) % 7
}
