"""Word lists for invented names of people, places, streets, buildings and providers. No real register
was read."""


def _list(text: str) -> list[str]:
    return text.split()


GIVEN_FEMALE_OLD = _list("""
    Margaret Jean Mary Joan Patricia Sheila Barbara Doreen June Shirley Dorothy Joyce Maureen Betty Audrey
    Brenda Marjorie Hilda Irene Kathleen Beryl Pamela Ann Elsie Winifred Phyllis Vera Muriel Freda Edna
    Sylvia Iris Ruth Eileen Evelyn Gladys Norma Rita Olive Thelma
""")

GIVEN_FEMALE_MIDDLE = _list("""
    Susan Linda Christine Carol Janet Helen Julie Karen Jacqueline Angela Deborah Tracey Jane Alison Diane
    Elaine Sharon Lesley Lorraine Beverley Caroline Wendy Denise Sandra Gillian Fiona Amanda Heather Sally
    Yvonne Catherine Theresa Anne Judith Nicola Joanne Michelle Paula Dawn Teresa
""")

GIVEN_FEMALE_YOUNG = _list("""
    Sarah Emma Claire Laura Rebecca Rachel Gemma Katie Hannah Jessica Charlotte Amy Sophie Lauren Chloe
    Emily Megan Olivia Lucy Georgia Ellie Grace Amelia Ella Freya Poppy Isla Evie Holly Daisy Zara Abigail
    Bethany Molly Phoebe Erin Imogen Matilda Harriet Rosie
""")

GIVEN_MALE_OLD = _list("""
    John William George Ronald Kenneth Derek Dennis Peter Raymond Eric Leslie Roy Gordon Norman Bernard
    Stanley Arthur Frederick Harold Albert Donald Geoffrey Ernest Thomas Sidney Cyril Reginald Maurice
    Leonard Douglas Frank Clifford Alfred Walter Edwin Harry Cecil Herbert Percy Victor
""")

GIVEN_MALE_MIDDLE = _list("""
    David Michael Paul Andrew Stephen Alan Ian Keith Graham Philip Colin Kevin Nigel Trevor Barry Martin
    Malcolm Roger Christopher Robert Anthony Gary Neil Brian Terence Clive Gerald Stuart Adrian Simon Jeremy
    Timothy Russell Steven Duncan Glenn Howard Wayne Dean Carl
""")

GIVEN_MALE_YOUNG = _list("""
    James Matthew Daniel Thomas Joshua Jack Luke Adam Samuel Ryan Benjamin Oliver Lewis Callum Jake Connor
    Liam Alexander Nathan Harry George Charlie Jacob Alfie Noah Leo Oscar Archie Henry Ethan Max Isaac Toby
    Finley Dylan Harvey Kieran Jordan Aaron Theo
""")

GIVEN_ASIAN_FEMALE = _list("""
    Priya Amina Fatima Nadia Shazia Sunita Anjali Meena Rukhsana Kavita Ayesha Parveen Neha Zainab Rashida
    Harpreet Simran Farah Lakshmi Mei
""")

GIVEN_ASIAN_MALE = _list("""
    Mohammed Imran Rajesh Sanjay Tariq Amir Arjun Vikram Yusuf Harjit Gurpreet Nadeem Bilal Ravi Anil Kamal
    Faisal Deepak Wei Jun
""")

GIVEN_OTHER_FEMALE = _list("""
    Adaeze Blessing Ngozi Comfort Grace Marcia Yvette Agnieszka Katarzyna Ewa Monika Ioana Leila Samira
    Chiamaka
""")

GIVEN_OTHER_MALE = _list("""
    Kwame Emeka Tunde Winston Delroy Clinton Piotr Tomasz Krzysztof Marek Andrei Omar Karim Chidi Samuel
""")

FAMILY_BRITISH = _list("""
    Smith Jones Taylor Brown Williams Davies Evans Thomas Roberts Johnson Walker Wright Robinson Thompson
    White Hughes Edwards Green Hall Wood Harris Lewis Martin Jackson Clarke Clark Turner Hill Scott Cooper
    Morris Ward Moore King Watson Baker Harrison Morgan Patterson Young Allen Mitchell James Anderson
    Phillips Lee Bell Parker Davis Bennett Miller Cook Shaw Richardson Carter Collins Marshall Bailey Gray
    Cox Adams Wilkinson Foster Chapman Mason Russell Powell Webb Rogers Hunt Mills Holmes Palmer Matthews
    Gibson Fisher Barnes Knight Lloyd Butler Price Barker Stevens Jenkins Murray Dixon Harvey Pearson Graham
    Fletcher Howard Shepherd Andrews Elliott Ford Reynolds Saunders Fox Payne Pritchard Preece Bebb Onions
    Gough Mansell Tipton Corfield Beddoes Wainwright Hotchkiss Cadwallader Bywater Penhale Thurlow Garside
    Ackroyd Entwistle Hibbert Oldroyd Sugden Bradshaw Horrocks Aspinall Kershaw Ogden Whittle Braithwaite
    Longbottom Satterthwaite Postlethwaite Ramsden Crabtree Hargreaves Illingworth Sowerby Tempest Wetherby
    Boothroyd Cartledge Dunnock Eastwood Fairclough Goddard Heywood Ibbotson Jessop Kirkham Lomas Molyneux
    Naylor Openshaw Pilling Quayle Rushton Sidebottom Tattersall Unsworth Verity Wolstenholme Yardley Abbott
    Birch Coates Dewhurst Ellison Fawcett Gregson Hardcastle Ingham Jowett Knowles Leadbetter Mottram
    Nuttall Ormerod Parkinson Rigby Stansfield Threlfall Upton Vickers Winstanley Yates Ashworth Buckley
    Chadwick Duckworth Earnshaw Farrar
""")

FAMILY_ASIAN = _list("""
    Khan Patel Singh Hussain Ahmed Begum Kaur Ali Shah Sharma Malik Iqbal Akhtar Chowdhury Rahman Mistry
    Desai Gill Sandhu Bhatti Chen Wong Nguyen Li
""")

FAMILY_OTHER = _list("""
    Okafor Adeyemi Mensah Boateng Campbell Grant Nowak Kowalski Wojcik Lewandowski Popescu Ionescu Hassan
    Osman Balogun Asante Kaminski Zielinski
""")

NICKNAMES = {
    "Margaret": "Peggy", "Patricia": "Pat", "Elizabeth": "Betty", "Dorothy": "Dot", "Kathleen": "Kath",
    "Catherine": "Cathy", "Susan": "Sue", "Christine": "Chris", "Deborah": "Debbie", "Pamela": "Pam",
    "Jacqueline": "Jackie", "Winifred": "Win", "Barbara": "Babs", "Rebecca": "Becky", "Jessica": "Jess",
    "Joanne": "Jo", "Amanda": "Mandy", "Robert": "Bob", "William": "Bill", "Ronald": "Ron", "Kenneth":
    "Ken", "Raymond": "Ray", "Leslie": "Les", "Frederick": "Fred", "Stanley": "Stan", "Thomas": "Tom",
    "Reginald": "Reg", "Leonard": "Len", "Geoffrey": "Geoff", "Michael": "Mick", "Andrew": "Andy",
    "Stephen": "Steve", "Philip": "Phil", "Christopher": "Chris", "Anthony": "Tony", "Terence": "Terry",
    "Matthew": "Matt", "Daniel": "Dan", "Joshua": "Josh", "Samuel": "Sam", "Benjamin": "Ben",
    "Alexander": "Alex", "James": "Jim", "Albert": "Bert", "Donald": "Don", "Clifford": "Cliff",
    "Alfred": "Alf", "Charlotte": "Lottie", "Abigail": "Abi", "Gillian": "Gill", "Victor": "Vic",
    "Douglas": "Doug", "Edwin": "Ted", "Theresa": "Terri", "Timothy": "Tim",
}  # fmt: skip

TOWNS = ("Marlbrook", "Hestonbury", "Wenham Cross", "Aldcaster", "Thornwick")

VILLAGE_FIRST = _list("""
    Ash Brad Cold Dun East Farn Gor Hather Ingle Kem Lang Mor Nether Oak Pen Quarn Rad Stoke Thorn Up Wil
    Yar Black Crook Dray Elm Fern Grim Holl Ivel
""")

VILLAGE_LAST = _list("""
    ley ton ham stow ford wick bourne combe don hope worth field bury well stead
""")

DISTRICTS = _list("""
    North South East West Central Riverside Castle Abbey Park Bank Heath Fields Meadows Grange Common Green
    Mill
""")

STREET_FIRST = _list("""
    Acorn Alder Apple Barley Beacon Beech Bluebell Bracken Bramble Brewery Broad Canal Cedar Cherry Chestnut
    Clover Coppice Cowslip Croft Curlew Damson Dove Drovers Elder Ferry Foundry Foxglove Furlong Gorse
    Granary Harvest Hawthorn Hazel Heron Hollow Holly Jubilee Juniper Kestrel Kiln Kingfisher Lapwing Larch
    Lark Laurel Linden Lower Maltings Maple Meadow Mercer Mill Minster Myrtle Nightingale Oak Old Orchard
    Osier Paddock Partridge Pasture Pear Plover Poplar Primrose Priory Quarry Quince Rectory Reed River
    Robin Rowan Saddlers Sandpiper School Shearwater Skylark Sorrel Spinney Station Sycamore Tannery Teal
    Tithe Upper Vicarage Victoria Walnut Weaver Wheatsheaf Willow Windmill Woodlands Wren Yew
""")

STREET_LAST = (
    "Road",
    "Street",
    "Lane",
    "Close",
    "Avenue",
    "Drive",
    "Crescent",
    "Gardens",
    "Way",
    "Court Road",
    "Grove",
)

STREET_SHORT = {
    "Road": "Rd", "Street": "St", "Lane": "Ln", "Close": "Cl", "Avenue": "Ave", "Drive": "Dr",
    "Crescent": "Cres", "Gardens": "Gdns", "Grove": "Gr", "Court": "Ct",
}  # fmt: skip

BUILDINGS = _list("""
    Alder Birch Cedar Damson Elm Fern Gorse Heather Ivy Juniper Kestrel Linden Myrtle Nettle Osprey Poplar
    Quince Rowan Sorrel Tansy Umber Violet Willow Yarrow
""")

HOME_LAST = ("House", "Lodge", "Court", "Manor", "Grange", "View")

AGENCIES = _list("""
    Brightwell Hearthside Lantern Goodnight Oakbridge Fairway Thistle Marigold Wayfarer Kindle Harbour
    Larkrise Evergreen Copperfield Rosemount Stonecrop
""")

BUILDING_SHORT = {
    "House": "Hse", "Court": "Ct", "Lodge": "Ldg", "Residential Home": "Res Home", "Nursing Home": "N/H",
}  # fmt: skip

# Letters beyond ASCII, all of them in cp1252: without them no encoding could be told from another.
GIVEN_FEMALE_OLD += ["Noëlle"]
GIVEN_FEMALE_MIDDLE += ["Renée", "Siân"]
GIVEN_FEMALE_YOUNG += ["Zoë"]
GIVEN_MALE_MIDDLE += ["André"]
FAMILY_BRITISH += ["O’Brien", "O’Connor"]
FAMILY_OTHER += ["Müller", "Fernández"]
