import { SeededRandom } from 'connpool/testing'
import { describe, expect, test } from 'vitest'

import { AddressList } from './address-list.ts'
import { AdmissionMachine, type AdmissionRules } from './admission-machine.ts'

const RULES: AdmissionRules = {
  maxClients: 3,
  maxClientsPerAddress: Infinity,
  tellsChanges: false,
  allow: undefined,
  deny: new AddressList([], 'deny'),
}

function given(rules: Partial<AdmissionRules> = {}): AdmissionMachine {
  return new AdmissionMachine({ ...RULES, ...rules })
}

test('no more than maxClients come in', () => {
  const admission = given()

  const answers = [1, 2, 3, 4].map((host) => admission.admit(`10.0.0.${host}`, 0))

  expect(answers).toEqual([undefined, undefined, undefined, 'too-many-clients'])
  expect(admission.clients).toBe(3)
})

test('one who leaves makes room for another', () => {
  const admission = given({ maxClients: 1 })
  admission.admit('10.0.0.1', 0)
  const refused = admission.admit('10.0.0.2', 0)

  admission.left('10.0.0.1')

  expect(refused).toBe('too-many-clients')
  expect(admission.admit('10.0.0.2', 0)).toBeUndefined()
})

test('one address has no more than maxClientsPerAddress', () => {
  const admission = given({ maxClientsPerAddress: 1 })
  admission.admit('10.0.0.1', 0)

  expect(admission.admit('10.0.0.1', 0)).toBe('too-many-from-address')
  expect(admission.admit('10.0.0.2', 0)).toBeUndefined()
})

describe('changes', () => {
  test('are told once, with the number that is true when they are asked for', () => {
    const admission = given({ tellsChanges: true, maxClients: 9 })
    for (const address of ['a', 'a', 'b', 'c']) admission.admit(address, 0)
    admission.left('c')

    expect(admission.takeChanges()).toEqual({ a: 2, b: 1, c: 0 })
    expect(admission.takeChanges()).toEqual({})
  })

  test('include whom a proxy spoke for', () => {
    const admission = given({ tellsChanges: true })
    admission.admit(undefined, 0)

    admission.identify('a')

    expect(admission.takeChanges()).toEqual({ a: 1 })
  })

  test('are not kept where nobody asks', () => {
    const admission = given()

    admission.admit('a', 0)

    expect(admission.takeChanges()).toEqual({})
  })

  test('begin with all who are in', () => {
    const admission = given()
    admission.admit('a', 0)

    admission.setRules({ ...RULES, tellsChanges: true })
    admission.setRules({ ...RULES, tellsChanges: true, maxClients: 5 })

    expect(admission.takeChanges()).toEqual({ a: 1 })
  })
})

test('an address is forgotten with its last client', () => {
  const admission = given({ maxClientsPerAddress: 2 })
  for (let client = 0; client < 2; client++) admission.admit('10.0.0.1', 0)

  admission.left('10.0.0.1')
  const whileOneIsLeft = admission.addresses
  admission.left('10.0.0.1')

  expect(whileOneIsLeft).toBe(1)
  expect(admission.addresses).toBe(0)
})

test('who is refused leaves no trace', () => {
  const admission = given({ maxClients: 0 })

  admission.admit('10.0.0.1', 0)

  expect(admission.clients).toBe(0)
  expect(admission.addresses).toBe(0)
})

test('a client without an address is only counted', () => {
  const admission = given({ maxClients: 1, allow: new AddressList([], 'allow'), maxClientsPerAddress: 0 })

  const first = admission.admit(undefined, 0)
  const second = admission.admit(undefined, 0)
  admission.left(undefined)

  expect([first, second]).toEqual([undefined, 'too-many-clients'])
  expect(admission.clients).toBe(0)
})

describe('with lists', () => {
  const allow = new AddressList(['10.0.0.0/8'], 'allow')
  const deny = new AddressList(['10.6.6.0/24'], 'deny')

  test.each([
    ['10.0.0.1', undefined],
    ['192.0.2.1', 'not-allowed'],
    ['10.6.6.6', 'not-allowed'],
  ])('%s is answered %s', (address, refusal) => {
    expect(given({ allow, deny }).admit(address, 0)).toBe(refusal)
  })

  test('new rules hold for those who come after', () => {
    const admission = given({ deny })
    admission.admit('192.0.2.1', 0)

    admission.setRules({ ...RULES, allow, maxClients: 2 })

    expect(admission.admit('192.0.2.1', 0)).toBe('not-allowed')
    expect(admission.clients).toBe(1)
  })
})

describe('when the address comes later', () => {
  test('it is checked and counted then', () => {
    const admission = given({ maxClientsPerAddress: 1, deny: new AddressList(['10.6.6.6'], 'deny') })
    for (let client = 0; client < 3; client++) admission.admit(undefined, 0)

    const answers = ['10.0.0.1', '10.0.0.1', '10.6.6.6'].map((address) => admission.identify(address))

    expect(answers).toEqual([undefined, 'too-many-from-address', 'not-allowed'])
    expect(admission.addresses).toBe(1)
  })

  test('it leaves with it, or without it if it was refused', () => {
    const admission = given({ maxClientsPerAddress: 1 })
    for (let client = 0; client < 2; client++) admission.admit(undefined, 0)
    admission.identify('10.0.0.1')
    admission.identify('10.0.0.1')

    admission.left(undefined)
    admission.left('10.0.0.1')

    expect([admission.clients, admission.addresses]).toEqual([0, 0])
  })
})

test('under overload everybody is refused', () => {
  const admission = given()

  admission.setOverloaded(true)
  const during = admission.admit('10.0.0.1', 0)
  admission.setOverloaded(false)

  expect(during).toBe('overloaded')
  expect(admission.admit('10.0.0.1', 0)).toBeUndefined()
})

describe('when nothing can be reached', () => {
  test('one client a second is let through', () => {
    const admission = given({ maxClients: 10 })
    admission.unreachable()

    const answers = [0, 1, 999, 1_000, 1_001].map((now) => admission.admit('10.0.0.1', now))
    admission.unreachable()

    expect(answers).toEqual([undefined, 'unavailable', 'unavailable', undefined, 'unavailable'])
    expect(admission.admit('10.0.0.1', 1_500)).toBe('unavailable')
    expect(admission.breakerState).toBe('open')
  })

  test('one who is refused for another reason is not the one', () => {
    const admission = given({ maxClients: 0 })
    admission.unreachable()
    admission.admit('10.0.0.1', 0)

    admission.setRules(RULES)

    expect(admission.admit('10.0.0.1', 0)).toBeUndefined()
  })

  test('twice as many come in each tenth of a second when something can again', () => {
    const admission = given({ maxClients: 100_000 })
    admission.unreachable()
    admission.reachable(5_000)

    const admitted = [0, 1, 2, 3, 4].map((step) => countAdmitted(admission, 1_000, 5_000 + step * 100))

    expect(admitted).toEqual([1, 2, 4, 8, 16])
    expect(admission.breakerState).toBe('ramp')
  })

  test('the ramp is over when a step was enough for all', () => {
    const admission = given({ maxClients: 100_000 })
    admission.unreachable()
    admission.reachable(0)
    for (const step of [0, 1, 2]) countAdmitted(admission, 100, step * 100)
    const enough = countAdmitted(admission, 8, 300)

    expect(enough).toBe(8)
    expect(countAdmitted(admission, 1_000, 400)).toBe(1_000)
    expect(admission.breakerState).toBe('closed')
  })

  test('the ramp is over when nobody came for a step', () => {
    const admission = given({ maxClients: 100_000 })
    admission.unreachable()
    admission.reachable(0)
    countAdmitted(admission, 100, 0)

    expect(countAdmitted(admission, 1_000, 200)).toBe(1_000)
  })

  test('the ramp ends though clients come without end', () => {
    const admission = given({ maxClients: Infinity, maxClientsPerAddress: Infinity })
    admission.unreachable()
    admission.reachable(0)

    for (let step = 0; step < 30; step++) countAdmitted(admission, Math.min(2 ** step + 1, 200), step * 100)

    expect(admission.admit('10.0.0.1', 3_000)).toBeUndefined()
    expect(admission.breakerState).toBe('closed')
  })

  test('it begins anew when nothing can be reached again', () => {
    const admission = given({ maxClients: 100_000 })
    admission.unreachable()
    admission.reachable(0)
    countAdmitted(admission, 100, 0)
    admission.unreachable()

    expect(countAdmitted(admission, 100, 100)).toBe(1)
    admission.reachable(200)
    expect(countAdmitted(admission, 100, 200)).toBe(1)
  })

  test('good news changes nothing where there was no bad', () => {
    const admission = given({ maxClients: 100_000 })

    admission.reachable(0)

    expect(countAdmitted(admission, 100, 0)).toBe(100)
  })
})

test('it is a bug if one leaves who never came', () => {
  const admission = given()

  expect(() => admission.left(undefined)).toThrow('bug: a client leaves, but there is none')
  admission.admit('10.0.0.1', 0)
  expect(() => admission.left('10.0.0.2')).toThrow('bug: a client leaves from 10.0.0.2, but there is none')
})

test.each([1, 2, 3, 4, 5])('whatever happens the counts are right, seed %i', (seed) => {
  const random = new SeededRandom(seed)
  const admission = given({ maxClients: 20, maxClientsPerAddress: 4, deny: new AddressList(['10.0.0.9'], 'deny') })
  const clients: string[] = []

  for (let now = 0; now < 1_000; now++) {
    const address = `10.0.0.${random.whole(1, 9)}`
    const leaver = clients[random.whole(0, clients.length)]
    if (random.chance(0.45) && leaver !== undefined) {
      clients.splice(clients.indexOf(leaver), 1)
      admission.left(leaver)
    } else if (admission.admit(address, now) === undefined) clients.push(address)

    expect(admission.clients).toBe(clients.length)
    expect(clients.length).toBeLessThanOrEqual(20)
    expect(admission.addresses).toBe(new Set(clients).size)
    expect(clients.filter((each) => each === address).length).toBeLessThanOrEqual(address === '10.0.0.9' ? 0 : 4)
  }
})

function countAdmitted(admission: AdmissionMachine, count: number, now: number): number {
  let admitted = 0
  for (let client = 0; client < count; client++) if (admission.admit('10.0.0.1', now) === undefined) admitted++
  return admitted
}
