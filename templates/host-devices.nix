# Devices of the host by the text that `lspci` and `lsusb` print: libvirt's own elements, with the numbers in the notation that it
# reads as they are meant.
#
#   devices.hostdev = { mode = "subsystem"; type = "pci"; source.address = lib.pci "0000:3c:00.0"; };
#   devices.hostdev = { mode = "subsystem"; type = "usb"; source = lib.usb "046d:c52b"; };
let
  hex = "[0-9a-fA-F]";
in
{
  # An `address` element. `lspci` leaves out the domain where there is only one, 0000.
  pci =
    address:
    let
      parts = builtins.match "((${hex}{4}):)?(${hex}{2}):(${hex}{2})\\.([0-7])" address;
      part = builtins.elemAt parts;
    in
    if parts == null then
      throw "nixvirt: lib.pci takes an address as lspci prints it, such as \"0000:3c:00.0\", not ${builtins.toJSON address}"
    else
      {
        domain = "0x${if part 1 == null then "0000" else part 1}";
        bus = "0x${part 2}";
        slot = "0x${part 3}";
        function = "0x${part 4}";
      };

  # A `source` element.
  usb =
    id:
    let
      parts = builtins.match "(${hex}{4}):(${hex}{4})" id;
      part = builtins.elemAt parts;
    in
    if parts == null then
      throw "nixvirt: lib.usb takes an id as lsusb prints it, such as \"046d:c52b\", not ${builtins.toJSON id}"
    else
      {
        vendor = {
          id = "0x${part 0}";
        };
        product = {
          id = "0x${part 1}";
        };
      };
}
