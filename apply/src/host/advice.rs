//! Advice for connections that fail.

/// The part of a URI that names another machine.
struct Authority<'u> {
    user: Option<&'u str>,
    host: &'u str,
    port: Option<&'u str>,
}

impl<'u> Authority<'u> {
    /// Nothing where the URI is of this machine.
    fn of(rest: &'u str) -> Option<Authority<'u>> {
        let authority = rest.split(['/', '?']).next().filter(|authority| !authority.is_empty())?;
        let (user, place) = match authority.rsplit_once('@') {
            Some((user, place)) => (Some(user), place),
            None => (None, authority),
        };
        // An address of IPv6 has colons of its own, and stands in brackets.
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
            _ => (place, None),
        };
        Some(Authority { user, host: host.trim_matches(['[', ']']), port })
    }

    /// The arguments of a program of OpenSSH's.
    fn arguments(&self, with_user: bool) -> String {
        let port = self.port.map(|port| format!("-p {port} ")).unwrap_or_default();
        let user = self.user.filter(|_| with_user).map(|user| format!("{user}@")).unwrap_or_default();
        format!("{port}{user}{}", self.host)
    }
}

/// The advice for a connection to a URI that failed with these words of libvirt.
pub(super) fn to_check(uri: &str, words: &str) -> String {
    let (scheme, rest) = uri.split_once("://").unwrap_or((uri, ""));
    let (driver, transport) = scheme.split_once('+').unwrap_or((scheme, "tls"));
    match Authority::of(rest) {
        Some(authority) => of_another_machine(scheme, transport, &authority, words),
        None => of_this_machine(uri, driver, rest),
    }
}

fn of_another_machine(scheme: &str, transport: &str, authority: &Authority<'_>, words: &str) -> String {
    let host = authority.host;
    match transport {
        "ssh" | "libssh" | "libssh2" if words.contains("ost key") => format!(
            "compare the key of {host} with `ssh-keyscan {}`: where it is the key that {host} has in /etc/ssh, put it into the \
             known_hosts of the user that runs this",
            authority.arguments(false)
        ),
        "ssh" | "libssh" | "libssh2" => format!(
            "check that `ssh {}` works without a question, and that libvirtd runs there",
            authority.arguments(true)
        ),
        "tls" if words.contains("ertificate") || words.contains("TLS") => format!(
            "check the certificates: that of {host} must name `{host}`, and {host} and this machine must each know the authority \
             that has signed the other's; `virt-pki-validate` looks at those of a machine"
        ),
        _ => {
            let port = authority.port.map(|port| format!(" on port {port}")).unwrap_or_default();
            format!(
                "check that libvirtd on {host} listens for `{scheme}`{port}, and that a firewall lets it through"
            )
        }
    }
}

fn of_this_machine(uri: &str, driver: &str, rest: &str) -> String {
    let daemon = match driver {
        "xen" => "virtxend",
        "lxc" => "virtlxcd",
        "bhyve" => "virtbhyved",
        "vbox" => "virtvboxd",
        _ => "virtqemud",
    };
    match rest.ends_with("/session") {
        true => format!(
            "check that `virsh -c {uri} list` works: libvirt starts a daemon of the user's own for it"
        ),
        false => format!(
            "check that libvirtd or {daemon} runs (`systemctl status libvirtd {daemon}.socket`), and that you are root or in the group \
             `libvirtd` or `libvirt`"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_reaches_the_host_that_the_uri_names() {
        let ssh = |uri: &str| to_check(uri, "");
        for (uri, command) in [
            ("qemu+ssh://root@lab/system", "`ssh root@lab`"),
            ("qemu+ssh://lab:2222/system", "`ssh -p 2222 lab`"),
            ("qemu+ssh://me@[fd00::1]:2222/system", "`ssh -p 2222 me@fd00::1`"),
            ("qemu+ssh://[fd00::1]/system?socket=/x", "`ssh fd00::1`"),
        ] {
            assert!(ssh(uri).contains(command), "{uri}: {}", ssh(uri));
        }
        assert!(to_check("qemu://lab/system", "The certificate hasn't got a known issuer").contains("`lab`"));
        assert!(to_check("qemu+tcp://lab/system", "Connection refused").contains("`qemu+tcp`,"));
    }
}
