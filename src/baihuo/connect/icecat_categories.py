"""A category for each Icecat product, found by rule because the files carry none.

Icecat writes titles as brand, model, *kind of product*, then what it has ("… toner cartridge Original
Black 1 pc(s)"). The rules look for the kind in the title, then in the product's type attributes, then
in the short description, then for attributes that only one kind has. The first rule that matches
decides, so what belongs to a device (its lamp, case, battery, memory) stands before the device. What
no rule knows stays without a category: an honest gap is better than a wrong shelf.
"""

from __future__ import annotations

import re
from typing import Any

_RULES_TEXT = """
Phones > Mobile phones: \\bandroid\\b(?!.*(?:\\btab\\b|tablet|\\btv\\b))|dual sim|single sim
Printing > Toner cartridges: toner|developer unit
Printing > Ink cartridges: ink cartridge|ink tank|inkjet cartridge|print cartridge|\\bink\\b|singlepack|multipack|printhead|print head
Printing > Drums and maintenance: imaging drum|\\bdrum\\b|image unit|imaging unit|maintenance kit|fuser|transfer (?:kit|unit|roller|belt)|waste (?:toner|container)|photoconductor|cleaning (?:kit|cartridge)|\\broller
Printing > Ribbons: printer ribbon|ribbon|printing film
Printing > Labels: printer label|self-adhesive label|labels?\\b|label-making tape|number blocks|sticker
Printing > Paper: photo paper|printing paper|plotter paper|inkjet paper|\\bpaper\\b|large format media|canvas|art paper|transparency film|envelope|\\bfilm\\b(?! camera)
Printing > Printer parts: printer kit|tray/feeder|\\bfeeder|paper tray|\\btray\\b|finisher|stacker|sorter|duplex unit|printer/scanner spare part|print server|printer emulation|printer cabinet|printer font|staple
Printing > Scanners: \\bscanner
Printing > Label printers: label printer|label maker
Printing > Printers: multifunction|\\bprinter|laserjet|designjet|officejet|deskjet|photosmart|\\bmfp\\b|all-in-one (?:printer|inkjet)|copier|plotter|\\bfax|\\bppm\\b
Projection > Projector accessories: projector (?:lamp|mount|lens|accessor|screen|ceiling)|projection (?:screen|lens)|\\blamp\\b
Projection > Projectors: projector
Bags and cases > Notebook cases: notebook (?:case|bag|sleeve)|(?:laptop|notebook) .*(?:backpack|bag|case|sleeve)|briefcase|sleeve case|messenger case|toploader|trolley case
Bags and cases > Bags and backpacks: backpack|\\bbag\\b|rucksack|suitcase|luggage|\\bpouch
Bags and cases > Phone and tablet cases: (?:phone|tablet|e-book reader|handheld mobile computer|mp3/mp4 player|peripheral device|camera|equipment|hard ?drive) case|folio|wristlet|holster
Power > UPS batteries: ups batter|battery cabinet|\\brbc ?\\d|replacement battery cartridge
Power > UPS: uninterruptible power|\\bups\\b
Power > Batteries: \\bbatter(?:y|ies)\\b(?! backup)
Power > Power distribution: power distribution unit|\\bpdu\\b|rack pdu|power extension|surge protector|power strip|\\boutlet strip|voltage (?:transformer|regulator)|power adapter/inverter
Power > Adapters and chargers: power adapter|\\bcharger|ac adapter|charging|power supply|mobile device dock
Cables > Network cables: networking cable|patch (?:cable|cord)|\\bcat ?[567]|fib(?:re|er) optic|utp|rj-?45|ethernet cable|crossover cable
Cables > Video cables: (?:hdmi|vga|dvi|displayport|s-video|video|coaxial|antenna|component|composite|monitor) (?:\\S+ )*?cable|video cable adapter|vga cable|hd15
Cables > Audio cables: audio cable|speaker (?:cable|wire)|xlr|3\\.5 ?mm .*cable
Cables > USB cables: usb cable|usb .*cable
Cables > Power cables: power cable|power cord
Cables > KVM cables: kvm cable
Cables > Cables and connectors: cable (?:tie|organi[sz]er|splitter|connector|lock|insulation|accessor|gender|marker|trunking|protector|interface|tray|sleeve|boot|installation|preparation|network tester|clamp|identification|gland|cutter|crimper)|wire connector|interface cards?/adapter|\\bcable|\\bcord\\b|\\bconnector|gender changer|\\badapter cable|\\bwire\\b
Memory and storage > Memory modules: memory module|\\bdimm\\b|so-?dimm|\\bddr\\d?\\b.*(?:mhz|ecc)|sdram memory|printer memory|memory kit
Memory and storage > Flash memory: flash drive|memory card|flash (?:memory|card)|sdhc|microsd|compactflash|usb stick
Memory and storage > Hard drives: hard ?drive|hard disk|internal hard|\\bhdd\\b(?!.*(?:notebook|pc\\b|windows))|solid state|\\bssd\\b(?!.*(?:notebook|windows))
Memory and storage > Tapes and discs: backup (?:storage media|data tape)|tape (?:drive|cartridge|auto)|data cartridge|data tape|\\blto\\b|cd-rw?\\b|dvd[+-]rw?\\b|blank (?:cd|dvd|disc|data tape|video)|optical disc|magneto|\\bminidisc|floppy
Memory and storage > Drives and enclosures: optical (?:disc )?drive|storage drive (?:enclosure|docking)|drive enclosure|disk array|\\bnas\\b|storage (?:server|array)|drive bay|dvd drive|dvd writer
Components > Processors: processor(?! .*(?:notebook|laptop|pc\\b|server)).*(?:ghz|cache|mhz)
Components > Motherboards: motherboard|desktop board|server board|workstation board
Components > Graphics cards: graphics card|geforce (?!.*(?:notebook|laptop))|radeon (?!.*notebook)|video card|tv tuner|video capturing
Components > Cooling: computer cooling|heat ?sink|\\bcooler|\\bfan\\b|air conditioner|cooling (?:system|unit)
Components > Computer cases: computer case|chassis
Components > Expansion cards: network(?:ing)? card|raid controller|sound card|audio card|modem|\\bpci\\b.*card|slot expander|interface hub
Computers > Notebook parts: notebook spare part|notebook dock|docking station|port replicator|notebook (?:cooling|stand)|notebook accessor
Computers > Thin clients: thin client
Computers > Tablets: \\btablet\\b(?!.*(?:pc case|mount))|\\bipad
Computers > Servers: \\bserver(?! adapter)|proliant|poweredge|\\bblade\\b
Computers > Notebooks: notebook|laptop|netbook|chromebook|ultrabook|hybrid \\(2-in-1\\)|thinkpad
Computers > Workstations and PCs: workstation|\\bpc\\b(?!\\(s\\))|desktop computer|\\ball-in-one pc|mini tower
Displays > Monitor accessories: display privacy filter|privacy (?:screen|filter)|screen protector|monitor (?:mount|stand|arm)|flat panel (?:\\S+ )*?(?:mount|accessor|desk|floor|wall|ceiling|spare)|tv mount|\\btv stand|wall mount|ceiling mount|mounting kit|display cleaner|equipment cleansing
Displays > Televisions: \\btv\\b|television
Displays > Monitors: computer monitor|\\bmonitor\\b|signage display|public display|touch ?screen|\\blcd\\b
Networking > Switches: network switch|kvm switch|switch\\b|console server
Networking > Routers and access points: \\brouter|access point|wireless|wi-?fi|bridge|gateway|repeater|powerline|\\bantenna
Networking > Network equipment: hardware firewall|firewall|network (?:analyser|management|monitor|transceiver|media converter|extender|splitter|chassis|equipment|interface)|transceiver|media converter|voip|telephony|interface hub|networking
Input > Keyboards: keyboard|keypad
Input > Mice: mouse|mice\\b|trackball|touch ?pad|wrist rest|presenter
Input > Game controllers: gaming control|joystick|gamepad|steering wheel|flight sim
Input > Graphics tablets and readers: graphic tablet|stylus|card reader|bar ?code reader|fingerprint|magnetic card
Audio and video > Headphones: headphone|headset|earphone|earbud|in-ear
Audio and video > Speakers: speaker|soundbar|subwoofer|loudspeaker
Audio and video > Microphones: microphone
Audio and video > Players and recorders: mp3|mp4|media player|dvd player|blu-ray|cd player|dictaphone|radio|home (?:cinema|theat)|audio system|mini system|turntable|receiver|av (?:extender|transmitter)|digital (?:media|video) recorder|video (?:switch|splitter|converter|conferenc|servers)|audio (?:amplifier|conferenc|turntable|converter)|amplifier|cassette|walkman
Cameras > Camera lenses: camera lens|\\blens(?:es)?\\b|lens (?:cap|hood|filter)|lens$
Cameras > Camera accessories: tripod|camera (?:flash|dock|mount|kit|data|filter|cable|accessor|battery|remote|strap|housing)|photo studio|underwater
Cameras > Surveillance cameras: security camera|surveillance|ip camera
Cameras > Webcams: webcam
Cameras > Cameras: camera|camcorder|cyber-?shot|coolpix|powershot|ixus|\\bmp\\b.*(?:zoom|cmos|ccd)
Phones > Phone accessories: (?:mobile|cell) phone (?:case|spare|accessor)|hands ?free|car (?:kit|holder)|screen protect|\\bholder\\b|sim card
Phones > Mobile phones: smartphone|mobile phone|\\biphone
Phones > Telephones: telephone|\\bdect\\b|answering machine|ip phone|cordless phone
Phones > Navigation and wearables: navigat|\\bgps\\b|smart ?watch|activity tracker|sport watch|handheld mobile computer|\\bpda\\b
Racks and furniture > Racks: rack(?:mount)?\\b|rack (?:cabinet|accessor|console)|cabinet|mounting (?:bracket|rail)|patch panel|\\brail kit|blanking
Racks and furniture > Stands and carts: \\bcart\\b|multimedia (?:cart|stand)|cpu holder|\\bstand\\b|\\bmount\\b|\\bbracket|\\bdesk\\b|workplace|ergonomic|armrest|foot ?rest
Software > Software and licences: software|licen[cs]e|antivirus|operating system|\\bupgrade\\b(?! kit)|\\buser\\(s\\)
Services > Warranties and support: warranty|support extension|care ?pack|maintenance & support|on-site|installation service|it support|service agreement
Home > Kitchen: coffee|espresso|kettle|toaster|blender|mixer|juice|fryer|microwave|refrigerator|fridge|freezer|dishwasher|\\boven\\b|cooker|\\bhob\\b|\\bcook|grill|kitchen|steamer|food processor|bread maker|rice cooker|\\bpan\\b|water (?:jug|filter|dispenser)
Home > Laundry and cleaning: vacuum|washing machine|tumble dryer|\\biron\\b|ironing|steam cleaner|mop\\b|air (?:purifier|freshener)|humidifier|dehumidifier
Home > Personal care: shaver|razor|toothbrush|hair|epilator|trimmer|beard|body groom|scale\\b|thermometer|blood pressure|massager|baby monitor|breast|bottle|steril|baby|soother
Home > Lighting: light bulb|led (?:lamp|bulb)|spotlight|\\bluminaire|lighting|flashlight|torch|\\blight\\b|ceiling|table lamp
Toys > Dolls and figures: \\bdolls?\\b|baby born|action/collectible|figure|plush|stuffed|barbie|playset|play set
Toys > Games and puzzles: puzzle|board game|card game|\\bgame\\b|lego|building block|construction
Toys > Vehicles: toy vehicle|toy (?:car|truck)|die-cast|monster (?:jam|truck)|\\btrain\\b|vehicle|radio-controlled|\\brc\\b
Toys > Toys: \\btoys?\\b|play-doh|craft kit|kinetic sand|slime|kids|children|learning|balloon|costume|dress-up
Office > Office supplies: binder|folder|laminat|shredder|calculator|whiteboard|\\bpens?\\b|pencil|marker|notebook paper|\\btape\\b|hole punch|cash|date stamp|filing|desk tray|correction|glue|adhesive|index|clip|scissors|cutter|trimmer|divider|drawer
Security > Locks and safes: cable lock|\\block\\b|\\bsafe\\b|alarm|sensor|smoke
Tools > Tools: drill|screwdriver|tool kit|\\btools?\\b|\\bsaw\\b|tester|crimp|punch
"""

_RULES = [
    (tuple(path.split(" > ")), re.compile(pattern))
    for path, pattern in (line.split(": ", 1) for line in _RULES_TEXT.strip().splitlines())
]
_TYPES = (
    "attr_t_product_type",
    "attr_t_device_type",
    "attr_t_type",
    "attr_t_purpose",
    "attr_t_card_type",
)
_DISTINCTIVE_ATTRIBUTES = (  # attributes that only one kind of product has
    ("attr_t_lens_type", "Cameras > Camera lenses"),
    ("attr_t_lens_structure__elements_groups_", "Cameras > Camera lenses"),
    ("attr_t_ink_type", "Printing > Ink cartridges"),
    ("attr_n_page_yield", "Printing > Ink cartridges"),
    ("attr_n_maximum_duty_cycle", "Printing > Printers"),
    ("attr_n_black_toner_page_yield", "Printing > Toner cartridges"),
    ("attr_t_processor_socket", "Components > Processors"),
    ("attr_t_motherboard_chipset", "Computers > Workstations and PCs"),
    ("attr_t_shaver_system", "Home > Personal care"),
    ("attr_t_movement_detection_technology", "Input > Mice"),
    ("attr_n_output_power_capacity", "Power > UPS"),
    ("attr_n_cable_length", "Cables > Cables and connectors"),
    ("attr_t_display_resolution", "Displays > Monitors"),
    ("attr_n_megapixel", "Cameras > Cameras"),
)
# Before what a product *has* (its processor, its memory) comes what it *is*.
_SPECIFICATIONS = re.compile(r"\d+(?:\.\d+)? ?(?:cm \(|gb\b|mhz|ghz).*$")


def category_of(entry: dict[str, Any]) -> tuple[str, ...]:
    """The category of an Icecat product, broad to narrow; empty where no rule knows it."""
    title = str(entry.get("title") or "").lower()
    types = " ; ".join(str(entry[t]).lower() for t in _TYPES if isinstance(entry.get(t), str))
    description = str(entry.get("short_description") or "").lower()
    for text in (_SPECIFICATIONS.sub("", title), types, title, description):
        if (found := _first_match(text)) is not None:
            return found
    for attribute, path in _DISTINCTIVE_ATTRIBUTES:
        if attribute in entry:
            return tuple(path.split(" > "))
    return ()


def _first_match(text: str) -> tuple[str, ...] | None:
    if not text:
        return None
    return next((path for path, pattern in _RULES if pattern.search(text)), None)
