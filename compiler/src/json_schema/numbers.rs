//! Numbers within bounds as regular expressions, for values that are written as text.

/// The digits of the numbers up to one, without zeros in front (but zero itself).
pub(super) fn up_to(most: u128, radix: u32) -> String {
    let mut digits = Vec::new();
    let mut rest = most;
    loop {
        // The remainder is below the radix.
        digits.push(u32::try_from(rest % u128::from(radix)).unwrap_or(0));
        rest /= u128::from(radix);
        if rest == 0 {
            break;
        }
    }
    digits.reverse();
    let top = radix - 1;
    let mut ways = Vec::new();
    // Those of fewer digits, which all are below.
    if digits.len() > 1 {
        ways.push("0".to_owned());
        ways.push(class(1, top, radix) + &times(class(0, top, radix), 0, digits.len() - 2));
    }
    // Those that are the same up to a digit and less there.
    for at in 0..digits.len() {
        let least = u32::from(at == 0 && digits.len() > 1);
        let last = at + 1 == digits.len();
        let below = if last { Some(digits[at]) } else { digits[at].checked_sub(1) };
        let Some(below) = below.filter(|below| *below >= least) else { continue };
        let same: String = digits[..at].iter().map(|digit| class(*digit, *digit, radix)).collect();
        let free = digits.len() - at - 1;
        ways.push(same + &class(least, below, radix) + &times(class(0, top, radix), free, free));
    }
    format!("(?:{})", ways.join("|"))
}

/// The numbers up to one in C's notations: decimal, hexadecimal after `0x`, octal after `0`.
pub(super) fn any_notation(most: u64) -> String {
    let most = u128::from(most);
    format!("{}|0[xX]0*{}|00*{}", up_to(most, 10), up_to(most, 16), up_to(most, 8))
}

/// IPv4 addresses in dotted decimal notation.
pub(super) fn ipv4() -> String {
    let octet = up_to(255, 10);
    format!(r"{octet}(?:\.{octet}){{3}}")
}

/// IPv6 addresses, in full or with `::`, the last 32 bits perhaps as an IPv4 address.
pub(super) fn ipv6() -> String {
    const GROUP: &str = "[0-9a-fA-F]{1,4}";
    let last = format!("(?:{GROUP}:{GROUP}|{})", ipv4());
    let mut ways = vec![format!("(?:{GROUP}:){{6}}{last}")];
    // `::` stands for at least one group: so many groups stand before it, and so many behind it.
    for behind in 0..8_usize {
        let most = 7 - behind;
        let before = match most {
            0 => String::new(),
            _ => format!("(?:(?:{GROUP}:){{0,{}}}{GROUP})?", most - 1),
        };
        let after = match behind {
            0 => String::new(),
            1 => GROUP.to_owned(),
            _ => format!("(?:{GROUP}:){{{}}}{last}", behind - 2),
        };
        ways.push(format!("{before}::{after}"));
    }
    format!("(?:{})", ways.join("|"))
}

/// A class of the digits between two.
fn class(least: u32, most: u32, radix: u32) -> String {
    let digit = |value: u32| char::from_digit(value, radix).unwrap_or('0');
    if least == most && most < 10 {
        return digit(least).to_string();
    }
    let mut class = String::from("[");
    if least < 10 {
        class += &format!("{}-{}", digit(least), digit(most.min(9)));
    }
    if most >= 10 {
        let (first, last) = (digit(least.max(10)), digit(most));
        class += &format!("{first}-{last}{}-{}", first.to_ascii_uppercase(), last.to_ascii_uppercase());
    }
    class + "]"
}

/// A class so many times.
fn times(class: String, least: usize, most: usize) -> String {
    match (least, most) {
        (0, 0) => String::new(),
        (1, 1) => class,
        (least, most) if least == most => format!("{class}{{{least}}}"),
        (least, most) => format!("{class}{{{least},{most}}}"),
    }
}
