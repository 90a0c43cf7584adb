# A bridge with NAT to the outside and DHCP inside, on 192.168.`subnet_byte`.0/24.
let
  extend = import ../extend.nix "network" "bridge";

  # What each argument is: `../arguments.nix`.
  bridge =
    {
      name ? "default",
      uuid ? null,
      bridge_name ? "virbr0",
      subnet_byte,
      dhcp_hosts ? null,
      ...
    }@args:
    let
      host = byte: "192.168.${toString subnet_byte}.${toString byte}";
    in
    extend bridge args (
      {
        inherit name;
        forward = {
          mode = "nat";
          nat = {
            port = {
              start = 1024;
              end = 65535;
            };
          };
        };
        bridge = {
          name = bridge_name;
        };
        ip = {
          address = host 1;
          netmask = "255.255.255.0";
          dhcp = {
            range = {
              start = host 2;
              end = host 254;
            };
            host = dhcp_hosts;
          };
        };
      }
      # Not `uuid = null`: where it is missing, the compiler derives one from the name.
      // (if uuid == null then { } else { inherit uuid; })
    );
in
bridge
