//! From text to values, as `services/parser/values.py` defines them. A value that it would report is declined.

use std::borrow::Cow;

use crate::decline::{Decline, Sure};
use crate::fields::Kind;
use crate::json::push_string;
use crate::text::collapse;

const LONGEST_NUMBER: usize = 40;
const CODES: &str = "PSVADFIMCEHOXGLWZJKU";

/// Append the JSON of a field's text; null if there is none.
pub fn push_value(out: &mut Vec<u8>, kind: Kind, raw: Option<&str>) -> Sure<()> {
    let Some(raw) = raw else {
        out.extend_from_slice(if matches!(kind, Kind::Box) { b"false" } else { b"null" });
        return Ok(());
    };
    match kind {
        Kind::Text => push_string(out, &collapse(raw)),
        Kind::Number => push_string(out, &decimal_of(raw).ok_or(Decline::Value)?),
        Kind::Date => push_string(out, &date_of(raw).ok_or(Decline::Value)?),
        Kind::Letter(choices) => push_string(out, letter_of(raw, choices).ok_or(Decline::Value)?),
        Kind::Code => push_string(out, letter_of(raw, CODES).ok_or(Decline::Value)?),
        Kind::Boolean | Kind::Box => {
            let value = boolean_of(raw).ok_or(Decline::Value)?;
            out.extend_from_slice(if value { b"true" } else { b"false" });
        }
    }
    Ok(())
}

/// Return a number as filed, without grouping commas.
fn decimal_of(raw: &str) -> Option<Cow<'_, str>> {
    let text = raw.trim();
    if text.len() > LONGEST_NUMBER {
        return None;
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    if !is_digits(fraction) {
        return None;
    }
    if is_digits(whole) {
        return (whole.len() + fraction.len() > 0).then_some(Cow::Borrowed(text));
    }
    let mut groups = whole.split(',');
    let first = groups.next()?;
    let is_grouped =
        matches!(first.len(), 1..=3) && is_digits(first) && groups.all(|group| group.len() == 3 && is_digits(group));
    is_grouped.then(|| Cow::Owned(text.replace(',', "")))
}

/// Return a date in ISO form from `2024-07-19`, `07/19/2024` or `20240719`. A time or zone may follow the first.
pub fn date_of(raw: &str) -> Option<Cow<'_, str>> {
    let text = raw.trim();
    if let Some(day) = text.get(..10).filter(|day| is_iso(day)) {
        let continues = text.as_bytes().get(10).is_some_and(u8::is_ascii_digit);
        if !continues {
            return is_day(&day[..4], &day[5..7], &day[8..]).then_some(Cow::Borrowed(day));
        }
    }
    let (year, month, day) = parts_of_day(text)?;
    is_day(year, month, day).then(|| Cow::Owned(format!("{year}-{month:0>2}-{day:0>2}")))
}

/// Return the year, month and day of `07/19/2024` or `20240719`.
fn parts_of_day(text: &str) -> Option<(&str, &str, &str)> {
    if text.len() == 8 && is_digits(text) {
        return Some((&text[..4], &text[4..6], &text[6..]));
    }
    let (month, rest) = text.split_once('/')?;
    let (day, year) = rest.split_once('/')?;
    let is_short = |part: &str| matches!(part.len(), 1 | 2) && is_digits(part);
    (is_short(month) && is_short(day) && year.len() == 4 && is_digits(year)).then_some((year, month, day))
}

fn is_iso(text: &str) -> bool {
    let is_expected = |(at, byte): (usize, u8)| if matches!(at, 4 | 7) { byte == b'-' } else { byte.is_ascii_digit() };
    text.bytes().enumerate().all(is_expected)
}

/// Return whether the calendar has a day. All parts are digits.
pub fn is_day(year: &str, month: &str, day: &str) -> bool {
    let [year, month, day] = [year, month, day].map(|part| part.parse::<u32>().unwrap_or(0));
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    year > 0 && (1..=length).contains(&day)
}

fn boolean_of(raw: &str) -> Option<bool> {
    let word = raw.trim();
    let is_one_of = |words: [&str; 5]| words.iter().any(|known| known.eq_ignore_ascii_case(word));
    if is_one_of(["1", "true", "y", "yes", "t"]) {
        return Some(true);
    }
    is_one_of(["0", "false", "n", "no", "f"]).then_some(false)
}

/// Return one of the letters in `choices`, in upper case.
fn letter_of(raw: &str, choices: &'static str) -> Option<&'static str> {
    let text = raw.trim();
    let at = choices.find(text.to_ascii_uppercase().as_str())?;
    (text.len() == 1).then(|| &choices[at..=at])
}

/// Return a CIK with its ten digits.
pub fn cik_of(raw: &str) -> Option<String> {
    let text = raw.trim();
    let is_cik = matches!(text.len(), 1..=10) && is_digits(text) && text.bytes().any(|byte| byte != b'0');
    is_cik.then(|| format!("{text:0>10}"))
}

/// Return whether a text has the form of an accession number, as in `0001127602-24-029999`.
pub fn is_accession_number(text: &str) -> bool {
    let is_expected =
        |(at, byte): (usize, u8)| if matches!(at, 10 | 13) { byte == b'-' } else { byte.is_ascii_digit() };
    text.len() == 20 && text.bytes().enumerate().all(is_expected)
}

/// Return whether a text has ASCII digits alone. An empty one has.
pub fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}
