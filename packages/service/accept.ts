/**
 * What a client says that it takes, in Accept and Accept-Encoding. Pure.
 *
 *   shape   (header, what there is to give) -> those that are taken, best first
 *   source  RFC 9110, 12.4.2 "Quality Values", 12.5.1 "Accept", 12.5.3 "Accept-Encoding": of ranges that match, the most
 *           specific one says; a quality that cannot be read is 0, and `.2`, as Java's HttpURLConnection writes it, can
 */
interface Wish {
  readonly range: string
  readonly quality: number
}

export interface Taken {
  readonly offer: string
  readonly quality: number
  /** Place in the header of the range that takes it. */
  readonly at: number
}

/** Of equal quality in the order of the offers. */
export function takenOf(header: string, offers: readonly string[]): Taken[] {
  const wishes = header.split(',').map(wishOf)
  const taken = offers.flatMap((offer): Taken[] => {
    const at = ranges(offer)
      .map((range) => wishes.findIndex((wish) => wish.range === range))
      .find((index) => index >= 0)
    const quality = at === undefined ? 0 : wishes[at]!.quality
    return quality > 0 ? [{ offer, quality, at: at! }] : []
  })
  return taken.sort((a, b) => b.quality - a.quality)
}

/** That an offer may be taken by, the most specific first. */
function ranges(offer: string): string[] {
  const slash = offer.indexOf('/')
  return slash < 0 ? [offer, '*'] : [offer, `${offer.slice(0, slash)}/*`, '*/*']
}

function wishOf(text: string): Wish {
  const [range = '', ...params] = text.split(';').map((part) => part.trim().toLowerCase())
  const weight = params.find((param) => param.startsWith('q='))?.slice(2)
  if (weight === undefined) return { range, quality: 1 }
  return { range, quality: /^(0(\.\d{0,3})?|\.\d{1,3}|1(\.0{0,3})?)$/.test(weight) ? Number(weight) : 0 }
}
