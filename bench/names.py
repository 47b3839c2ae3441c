# ruff: noqa: E501, SIM905
"""Names of people, companies and towns for a crowd that looks real: French and English, common ones more often *(pure)*."""

from __future__ import annotations

from random import Random

FIRST = (
    "Marie Jean Pierre Nathalie Michel Isabelle Philippe Sylvie Catherine Nicolas Martine Alain Christophe Patrick Christine Laurent "
    "Françoise Julien Valérie Stéphane Sandrine Thomas Frédéric Céline David Sophie Sébastien Stéphanie Éric Véronique Olivier Camille "
    "Daniel Pascal Aurélie Bernard Thierry Julie Vincent Virginie Guillaume Émilie Kevin Hélène Alexandre Brigitte Anne Antoine Élodie "
    "Romain Corinne Bruno Delphine Maxime Laurence Gérard Charlotte Benjamin Mélanie Fabrice Audrey Hugo Claire Lucas Manon Florian "
    "Léa Mathieu Chloé Clément Pauline Anthony Inès Quentin Lucie Adrien Justine Jérôme Mathilde Ludovic Amandine Cédric Élise Marc "
    "Béatrice Gilles Agnès Dominique Monique Serge Gaëlle Yann Maëlle Tanguy Nolwenn Loïc Solène Erwan Rozenn Théo Zoé Jules Ève "
    "Oliver Amelia George Isla Harry Ava Jack Emily Jacob Jessica Charlie Poppy William Isabella James Sarah Thomas Olivia Henry "
    "Grace Arthur Freya Leo Florence Oscar Alice Edward Rosie Archie Harriet Samuel Eleanor Joseph Evie Noah Daisy Alfie Matilda "
    "Logan Phoebe Isaac Willow Dylan Imogen Toby Georgina Rupert Beatrix Callum Niamh Fergus Siobhan Rhys Bronwen Nils Priya Dirk Jana"
).split()
LAST = (
    "Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefèvre Leroy Roux David Bertrand Morel "
    "Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Vincent Muller Lefebvre Faure André Mercier Blanc Guérin Boyer Garnier "
    "Chevalier François Legrand Gauthier Garcia Perrin Robin Clément Morin Nicolas Henry Roussel Mathieu Gautier Masson Marchand "
    "Duval Denis Dumont Marie Lemaire Noël Meyer Dufour Meunier Brun Blanchard Giraud Joly Rivière Lucas Brunet Gaillard Barbier "
    "Arnaud Martínez Gérard Roche Renard Schmitt Roy Leroux Colin Vidal Caron Picard Roger Fabre Aubert Lemoine Renaud Dumas Lacroix "
    "Olivier Philippe Bourgeois Pierre Benoît Rey Leclerc Payet Rolland Leclercq Guillaume Lecomte López Jean Dupuy Guillot Hubert "
    "Berger Carpentier Sanchez Dupuis Moulin Louis Deschamps Huet Vasseur Perez Boucher Fleury Royer Klein Jacquet Adam Paris Poirier "
    "Marty Aubry Guyot Carré Charles Renault Charpentier Ménard Maillard Baron Bertin Bailly Hervé Schneider Fernandez Collet Léger "
    "Bouvier Julien Prévost Millet Perrot Daniel Cousin Germain Breton Besson Langlois Rémy Tessier Pelletier Lévêque Leblanc Barré "
    "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker White Roberts Green Hall Wood "
    "Jackson Clarke Khan Clark Harris Lewis Turner Hill Scott Cooper Morris Ward Moore King Watson Baker Harrison Morgan Young Allen "
    "Mitchell Phillips Anderson Lee Bell Parker Davis Bennett Miller Cook Shaw Cox Richardson Carter Collins Marshall Bailey Gray Hughes "
    "Ashworth Blackwood Cartwright Fairbairn Hollingsworth Pemberton Thistlethwaite Wigglesworth Vermeulen Lindqvist Raman Brandt Oster"
).split()
TOWNS = (
    "Paris|Lyon|Marseille|Toulouse|Nantes|Bordeaux|Lille|Rennes|Strasbourg|Montpellier|Nice|Grenoble|Rouen|Angers|Dijon|Reims|Le Havre|"
    "Saint-Étienne|Toulon|Brest|Le Mans|Tours|Amiens|Limoges|Clermont-Ferrand|Besançon|Metz|Orléans|Mulhouse|Caen|Nancy|Perpignan|Pau|"
    "La Rochelle|Poitiers|Annecy|Lorient|Vannes|Quimper|Saint-Nazaire|Cholet|Vouvray|Ancenis|Carquefou|Guingamp|Rezé|London|Manchester|"
    "Birmingham|Leeds|Glasgow|Edinburgh|Liverpool|Bristol|Sheffield|Cardiff|Belfast|Nottingham|Newcastle upon Tyne|Brighton|York|Bath|"
    "Oxford|Cambridge|Exeter|Norwich|Dublin|Cork|Galway|Bruxelles|Liège|Genève|Lausanne|Luxembourg"
).split("|")
BRITISH = frozenset(TOWNS[TOWNS.index("London") : TOWNS.index("Dublin")])
ABROAD = {"Dublin": "IE", "Cork": "IE", "Galway": "IE", "Bruxelles": "BE", "Liège": "BE", "Genève": "CH", "Lausanne": "CH",
          "Luxembourg": "LU"}  # fmt: skip
TRADES = (
    "Imprimerie Menuiserie Caves Chantiers Fonderie Moulins Transports Boulangerie Garage Pharmacie Clinique Conserverie Verrerie "
    "Laiterie Scierie Cidrerie Brasserie Coopérative Ateliers Papeterie Bretagne Foods Retail Logistics Engineering Partners Consulting "
    "Software Energy Motors Farms Textiles Ceramics Instruments Marine Optics Robotics"
).split()
FORMS = "SARL SAS SA Ltd Group & Fils & Co Frères International Solutions France".replace("& ", "&_").split()
JOBS = (
    "Gérante|Directeur commercial|Responsable des achats|Directrice technique|Comptable|Chef de projet|Ingénieure|Présidente|"
    "Plant manager|Head of purchasing|Operations director|Founder|Office manager|Marketing lead|Chief engineer|Buyer"
).split("|")
SOURCES = "Website|Trade fair|Referral|Salon des vins d’Angers|Newsletter|Cold call|Partner|LinkedIn".split("|")


def pick(rng: Random, pool: list[str]) -> str:
    """One of the pool; those at its head far more often, as with real names."""
    return pool[int(len(pool) * rng.random() ** 2)]


def last_name(rng: Random) -> str:
    """A family name, now and then a double one."""
    name = pick(rng, LAST)
    luck = rng.random()
    if luck < 0.03:
        return f"{name}-{pick(rng, LAST)}"
    return f"Le {name}" if luck < 0.04 else name


def company(rng: Random) -> str:
    """A company's name."""
    trade, name, form = rng.choice(TRADES), rng.choice(LAST), rng.choice(FORMS).replace("_", " ")
    return f"{trade} {name} {form}" if rng.random() < 0.6 else f"{name} {trade} {form}"


def country(town: str) -> str:
    """The country of a town, as two letters."""
    return "GB" if town in BRITISH else ABROAD.get(town, "FR")
