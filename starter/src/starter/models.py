"""What is stored. Imports neither Flask nor an engine, so scripts and asyncio code can use it, too."""

from sqlalchemy import BigInteger, Integer, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """The base of every model; the migrations are compared with its metadata."""

    # Without names, each database makes up its own, and a later migration cannot say which
    # constraint to drop.
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_N_label)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class Message(Base):
    """A message, as the database stores it."""

    __tablename__ = "messages"
    # Without AUTOINCREMENT, SQLite reuses the id of a deleted last row, and a cursor skips the new row.
    __table_args__ = {"sqlite_autoincrement": True}

    # SQLite only generates ids for a column of type INTEGER.
    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    message: Mapped[str] = mapped_column(String(2000))

    def __repr__(self) -> str:
        return f"<Message(message={self.message!r})>"
