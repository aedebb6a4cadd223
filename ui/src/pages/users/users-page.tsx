import { useState } from 'preact/hooks'
import type { UserEntry } from '../../data/administration.ts'
import { href, navigate } from '../../router/location.ts'
import { t } from '../../strings/strings.ts'
import { Badge } from '../../widgets/badge.tsx'
import { Button } from '../../widgets/button.tsx'
import type { Column } from '../../widgets/column.ts'
import { ServerList } from '../../widgets/server-list.tsx'
import { Empty } from '../../widgets/states.tsx'
import { AddUserDialog } from './add-user-dialog.tsx'

const texts = t.admin.users

const columns: readonly Column<UserEntry>[] = [
  {
    id: 'name',
    title: texts.columns.name,
    sort: 'name',
    show: ({ name }) => (
      <a class="name" href={href(['admin', 'users', name])}>
        {name}
      </a>
    ),
    text: ({ name }) => name,
  },
  {
    id: 'tags',
    title: texts.columns.tags,
    show: ({ tags }) => (
      <span class="badges">
        {tags.map((tag) => (
          <Badge key={tag}>{tag}</Badge>
        ))}
      </span>
    ),
    text: ({ tags }) => tags.join(' '),
  },
  {
    id: 'password',
    title: texts.columns.password,
    show: ({ password_hash: hash }) => (hash === '' ? texts.hasNone : texts.hasPassword),
    text: ({ password_hash: hash }) => (hash === '' ? texts.hasNone : texts.hasPassword),
  },
  {
    id: 'limits',
    title: texts.columns.limits,
    show: ({ limits }) =>
      Object.entries(limits)
        .map(([name, value]) => `${name}: ${value}`)
        .join(', ') || '–',
  },
]

/** All users. */
export function UsersPage() {
  const [adding, setAdding] = useState(false)
  return (
    <>
      <h1>{texts.title}</h1>
      <ServerList<UserEntry>
        label={texts.title}
        path="/users"
        columns={columns}
        always="name,tags,password_hash,limits"
        sort="name"
        filters={['name:~^', '-tags:administrator']}
        keyOf={({ name }) => name}
        tools={
          <Button kind="primary" icon="plus" onClick={() => setAdding(true)}>
            {texts.add}
          </Button>
        }
        empty={<Empty title={texts.hasNone} />}
      />
      {adding && (
        <AddUserDialog onClose={() => setAdding(false)} onAdded={(name) => navigate(href(['admin', 'users', name]))} />
      )}
    </>
  )
}
