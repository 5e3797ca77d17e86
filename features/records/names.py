"""Names as councils write them, made comparable: titles, accents, initials, nicknames, and lines that name
nobody."""

import polars as pl

# Short forms of English given names, each family under its first word. Compiled from common usage; a pair
# that is missing only sends a link to review, and a pair that is wrong would join people, so doubtful ones
# stay out.
_NICKNAMES = """
ALAN AL | ALBERT BERT BERTIE | ALEXANDER ALEX ALEC SANDY | ALFRED ALF ALFIE FRED | ANDREW ANDY DREW |
ANTHONY TONY ANT | ARTHUR ART | BARBARA BARB BABS | BENJAMIN BEN BENNY | BERNARD BERNIE |
BRIDGET BRIDIE BIDDY | CATHERINE KATHERINE KATHRYN KATE KATIE KATY CATHY KATH KITTY | KATHLEEN KATH KATHY
| CHARLES CHARLIE CHAS CHUCK | CHARLOTTE LOTTIE CHARLEY | CHRISTINE CHRISSIE CHRIS TINA |
CHRISTOPHER CHRIS KIT | DANIEL DAN DANNY | DAVID DAVE DAVY | DEBORAH DEBRA DEB DEBBIE | DEREK DEL |
DONALD DON DONNY | DOROTHY DOT DOLLY DOTTIE | EDWARD ED EDDIE TED TEDDY NED | ELEANOR NELL ELLIE NELLIE |
ELIZABETH LIZ LIZZIE BETH BETTY BESSIE LIBBY | EMILY EM EMMIE | FLORENCE FLO FLORRIE FLOSSIE |
FRANCES FRAN FRANNIE | FRANCIS FRANK FRANKIE | FREDERICK FRED FREDDIE FREDDY | GEOFFREY JEFFREY GEOFF JEFF
| GEORGE GEORGIE | GERALD GERRY | GREGORY GREG | GWENDOLINE GWENDOLEN GWEN | HAROLD HARRY HAL |
HENRY HARRY HANK HAL | IRENE RENE RENIE | ISABELLA ISABEL BELLA IZZY | JACQUELINE JACKIE JACQUI |
JAMES JIM JIMMY | JANET JAN | JENNIFER JENNY JEN | JESSICA JESS JESSIE | JOHN JOHNNY JON |
JONATHAN JON JONNY | JOSEPH JOE JOEY | JOSEPHINE JO JOSIE | JOSHUA JOSH | KENNETH KEN KENNY |
LAWRENCE LAURENCE LARRY LAURIE | LEONARD LEN LENNY | LESLIE LES | MARGARET MAGGIE PEGGY MEG MADGE MARGE |
MARY MOLLY POLLY | MATTHEW MATT MATTY | MAUREEN MO | MICHAEL MIKE MICK MICKEY | MILDRED MILLIE |
NICHOLAS NICK NICKY | NICOLA NICKY NIKKI | OLIVER OLLIE | OLIVE OLLY | PAMELA PAM PAMMY |
PATRICIA PAT TRISH PATSY TRICIA | PATRICK PADDY PAT | PETER PETE | PHILIP PHILLIP PHIL PIP | RAYMOND RAY |
REBECCA BECKY BECCA | REGINALD REG REGGIE | RICHARD DICK RICK RICKY RICH |
ROBERT BOB BOBBY ROB ROBBIE BERT | RONALD RON RONNIE | ROSEMARY ROSE ROSIE | SAMUEL SAM SAMMY |
SANDRA SANDY | SARAH SALLY SADIE | SIDNEY SYDNEY SID SYD | STANLEY STAN | STEPHEN STEVEN STEVE STEVIE |
SUSAN SUE SUSIE SUZIE | TERENCE TERRY TEL | TERESA THERESA TESS TERRY | THOMAS TOM TOMMY |
TIMOTHY TIM TIMMY | VALERIE VAL | VERONICA RONNIE | VICTOR VIC | VICTORIA VICKY TORI VICKIE |
VINCENT VINCE VINNY | VIOLET VI | WALTER WALT WALLY | WILFRED WILF | WILLIAM BILL BILLY WILL WILLIE |
WINIFRED WIN WINNIE | ZACHARY ZAC ZACK
"""
# Names in their own right that stand one letter from another: never a slip of each other, however rare here.
_NEAR_NAMES = """
ADA ADAM AIDA ALAN ALLAN ALLEN ALICE ALISON AMIR AMIT AMY ANN ANNA ANNE ANNIE ANYA ARUN AVA BEN BETH BETTY
BRIAN BRYAN CARA CARL CARLA CARLY CAROL CAROLE CAROLINE CAROLYN CATHERINE CHRISTIAN CHRISTINA CHRISTINE
CLAIRE CLARA CLARE CORA DANIEL DANIELLE DEAN DEE DENIS DENISE DENNIS DIANA DIANE DINA DON DORA DOREEN
EDITH ELAINE ELIZA ELLA ELLEN ELLIE ELSA ELSIE EMILIA EMILY EMMA ERIC ERICA ERIN ETHAN EVA EVAN EVE FAY
FRANCES FRANCIS GAIL GENE GEORGE GEORGIA GLEN GLENN GLENDA GRACE GREG HARI HARRY HELEN HELENA HENRI HENRY
IAN IANA INA IRA IRENE IRIS ISLA IVAN IVY JACK JACKIE JADE JAKE JAMES JAN JANE JANET JANICE JASON JAY JEAN
JEANNE JENNA JENNY JESS JESSE JILL JIM JOAN JOANNA JOANNE JODIE JOE JOEL JOHN JON JOSE JOSEPH JOSIE JUDE
JUDY JULIA JULIAN JULIE JUNE KAREN KARIN KARL KATE KATIE KATY KAY KEN KERRY KIM KIRA LARA LAURA LAUREN LEE
LEO LEON LEONA LEWIS LILA LILIAN LILY LINA LINDA LIZ LOIS LOUIS LOUISA LOUISE LUCA LUCAS LUCIA LUCY LUKE
LYDIA LYNN LYNNE MARIA MARIAN MARIE MARION MARK MARTHA MARTIN MARTINA MARY MAX MAY MAYA MIA MICHAEL
MICHELE MICHELLE MIRA MIRIAM MOLLY MONA NADIA NEIL NIALL NICHOLAS NINA NOEL NOELLE NORA NORMA NORMAN OLIVE
OLIVER OLIVIA PAT PAUL PAULA PAULINE PEARL PETER PETRA PHIL POLLY RAE RAJ RAVI RAY RENE RHONA RHONDA RITA
ROB ROBERT ROBERTA ROBIN ROBYN ROGER ROLAND RON RONA ROSA ROSE ROY ROSIE RUBY SALLY SAM SAMI SANDRA SARA
SARAH SEAN SHANE SHARON SHAUN SHEILA SIMON SIMONE SONIA SONYA STELLA STEPHAN STEPHEN STEVEN SUSAN SUZANNE
TANIA TANYA TARA TERRY TESS TIA TIM TINA TOM TONI TONY TRACEY TRACY VERA VERONA VIC VIOLA VIOLET WILL
WILLA YVETTE YVONNE ZARA ZOE
"""
_TITLES = r"^(?:MRS|MR|MISS|MS|MX|MASTER|DR|REV|REVD|PROF|SIR|LADY|DAME|LORD|CLLR)\b\.?\s*"
_NOBODY = (
    r"\b(?:OWNER|OWNERS|OCCUPIER|OCCUPIERS|OCCUPANT|LANDLORD|TENANT|EXECUTORS?|EXORS|ESTATE OF|"
    r"REPRESENTATIVES?|LTD|LIMITED|PLC|LLP|COUNCIL|TRUST|HOUSING|PROPERTIES|ASSOCIATION|HOMES|VACANT|VOID|"
    r"UNKNOWN|NOT KNOWN|RESIDENT|COMPANY|TRUSTEES?)\b"
)


def nickname_families() -> pl.DataFrame:
    """given, family_of: each written form beside the set of full names it may stand for, `|`-joined and
    sorted."""
    families = [family.split() for family in _NICKNAMES.split("|")]
    pairs = [(form, family[0]) for family in families for form in family]
    return (
        pl.DataFrame(pairs, schema=["given", "head"], orient="row")
        .group_by("given")
        .agg(pl.col("head").unique().sort())
        .with_columns(heads=pl.lit("|") + pl.col("head").list.join("|") + pl.lit("|"))
        .select("given", "heads")
        .sort("given")
    )


def known_given_names() -> list[str]:
    """Given names known to be names: two of them are never slips of each other."""
    return sorted(set(_NEAR_NAMES.split()) | set(_NICKNAMES.replace("|", " ").split()))


def fold(name: pl.Expr) -> pl.Expr:
    """Upper case, accents folded, apostrophes and dots dropped, hyphens kept; blank becomes null."""
    text = (
        name.str.normalize("NFKD")
        .str.to_uppercase()
        .str.replace_all(r"\s*[-‐-―]\s*", "-")
        .str.replace_all(r"[^A-Z, -]", "")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars(" ,-")
    )
    return pl.when(text != "").then(text)


def title_sex(name: pl.Expr) -> pl.Expr:
    """male for Mr, female for Mrs, Miss and Ms, else null: titles are the only sex that tenancies carry."""
    title = fold(name).str.extract(r"^(MRS|MR|MISS|MS|SIR|LADY|DAME)\b")
    return (
        pl.when(title.is_in(["MR", "SIR"]))
        .then(pl.lit("male"))
        .when(title.is_in(["MRS", "MISS", "MS", "LADY", "DAME"]))
        .then(pl.lit("female"))
    )


def split_full_name(name: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """(given, family) of `Mrs Nasreen Malik`, `Malik, Nasreen` or `N Malik`: the last word is the family name
    unless a comma says otherwise."""
    plain = fold(name).str.replace(_TITLES, "")
    comma = plain.str.contains(",")
    before, after = plain.str.extract(r"^([^,]*),"), plain.str.extract(r",\s*(.*)$").str.replace(_TITLES, "")
    words = plain.str.replace_all(",", " ").str.split(" ")
    family = pl.when(comma).then(before).otherwise(words.list.last())
    given = pl.when(comma).then(after).when(words.list.len() > 1).then(words.list.first())
    return given, family


def first_name(name: pl.Expr) -> pl.Expr:
    """The first given name, folded: `Mary Ann` and `Mary-Ann` are MARY."""
    return fold(name).str.replace(_TITLES, "").str.extract(r"^([A-Z]+)")


def family_name(name: pl.Expr) -> pl.Expr:
    """The family name, folded, in one word: `O’Connor` and `O Connor` are OCONNOR."""
    bare = fold(name).str.replace_all(r"[^A-Z]", "")
    return pl.when(bare != "").then(bare)


def names_nobody(*names: pl.Expr) -> pl.Expr:
    """True where the words name no person (The Owner, executors, a company) or nothing at all."""
    text = pl.concat_str([fold(n) for n in names], separator=" ", ignore_nulls=True)
    return (text.str.len_chars() == 0) | text.str.contains(_NOBODY)
