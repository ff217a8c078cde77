"""Words that tell nothing of what a ticket is about, in English, Polish and Croatian, without marks on their letters: articles, pronouns,
the small verbs, greetings and thanks. Every word of three letters and more that letters to a support desk are full of."""

from typing import Final

_ENGLISH: Final = """
about above after again all also always and any anyone anything are aren as ask asked asking because been before being
below between both but can cannot cant come could couldn day days dear did didn does doesn doing done don dont down
during each either else ever every everything few first for from further get gets getting give given goes going good
got great had hadn has hasn have haven having hello help her here hers hey him his hour hours how however isn its
itself just kind kindly know last later least let like little long look looking lot made make makes many may maybe
mean message might mine more morning most much must need needs never new next nobody not nothing now off often once
one only open other our ours out over own please problem put question quite rather re really regarding regards reply
said same say says see seem seems send sent several shall she should shouldn since sincerely some somebody someone
something soon still subject such support sure take team tell than thank thanks that the their theirs them then there
these they thing things think this those through time times today together tomorrow too tried try trying two under
until upon use used using very via want wanted was wasn way week weeks well went were weren what when where whether
which while who whom whose why will with within without won work working works would wouldn write writing wrote year
years yes yesterday yet you your yours fwd been best issue ticket customer service email mail
"""
_POLISH: Final = """
aby albo ale ani bardzo bedzie bede beda bez bo brak byc byl byla bylo byly bym caly chce chcialbym chcialabym chociaz
choc ciagle co cos czasu czego czy czyli dalej dla dlaczego dlatego dnia dni dobry dobra dobre dobrze dzien dziekuje
dziekujemy dzis dzisiaj gdy gdyz gdzie ich ile inne inny jak jaka jakie jaki jako jakos jednak jego jej jest jestem
jestesmy jesli jezeli juz kazdy kiedy kilka kto ktora ktore ktorego ktorej ktory ktorych ktorym lub maja mam mamy mi
mial miala mialo mnie mna moge moglby moglaby moje mojego mojej moj moja moim moze mozna musi nad nadal nam nami nas
nasz nasza nasze nawet nic nich nie niego niej niestety nim niz obecnie oczywiscie ode odpowiedz okolo one oni oraz
ona ono otrzymalem otrzymalam pan pana panem pani panie panstwa panstwo panu pod podczas pomoc pomocy poniewaz
ponownie potem potrzebuje pozdrawiam pozdrowienia po prosze prosba prosimy przed przez przy raz razie razem rowniez
sam sama sie sobie sprawa sprawie swoj swoja swoje szanowni szanowna szanowny tak taka takie taki tam tego tej temat
temu ten teraz tez tobie toba trzeba tutaj tych tyle tylko tym type uprzejmie wam was wasz wasza wasze wciaz wczoraj
wiec wiem wiadomosc witam wlasnie wszystkie wszystko wtedy wiele wydaje wyslalem wyslalam zamiast zaden zadna zadne
zawsze zeby zostal zostala zostalo ktos czym dziala dzialac zgloszenie klient serwis jeszcze mozliwe bylem bylam
"""
_CROATIAN: Final = """
ako ali ako bas bez bih bio bila bilo bili biti bismo brzo cak cega cesto cim cijeli dakle dan dana danas dobar dobra
dobro dok draga dragi drugi druga drugo evo gdje gospodin gospodja hocu hoce hvala ih ikad ili ima imam imamo imate
imaju inace ipak isto iza iz izmedu jako jedan jedna jedno jednom jer jesam jeste jesmo jos juce kad kada kako kakav
kakva kao kod koga koja koje koji kojeg kojem kojoj koju koliko lijepi lijep li mada malo mene meni mi mislim mnogo
moj moja moje moram mora moram moze mogu mozete moguce molim molimo molila mozda nakon nam nama nas nas nasa nase nego
nekako neki neka neko nekoliko nema nemam netko nesto nece necu nije nisam nismo nikad nikada nista njega njegov njen
njih njihov no nova novi novo oko on ona oni ono onda osim ovaj ova ovo ove ovdje ovim ovog odgovor opet od ostalo
pitanje pod poruka poslije posto postovanje postovana postovani potrebno pozdrav prije preko prema problem pri puno
radi raditi rade sad sada sam samo sati sati se sebe si smo ste stoga sto svaki svaka svako sve svi svoj svoja svoje
su srdacan takav tako takoder tamo tek ti tijekom toga toj tome trebam treba trebao trebala tu tvoj uvijek uz vam vama
vas vasa vase vec veoma vidim vise vrijeme vrlo zasto zato zbog zelim zahvaljujem znam upit klijent usluga podrska
sutra jutros vecer jutro moci mogao mogla bi kupac kojih njima
"""

COMMON: Final = frozenset(f"{_ENGLISH} {_POLISH} {_CROATIAN}".split())
