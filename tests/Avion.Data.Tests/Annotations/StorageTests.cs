namespace Avion.Data.Tests;

/// <summary>Texts, names and numbers come back as they went in, across the ends of blocks and pages.</summary>
public sealed class StorageTests
{
    [Fact]
    public void Texts_of_every_length_come_back()
    {
        CaptionStore store = new();
        Random random = new(1);
        List<byte[]> texts = [[], []];
        long total = 0;

        // Over two blocks of 16 MiB, with texts of up to a mebibyte, and empty ones at every border.
        while (total < 40 << 20)
        {
            byte[] text = new byte[random.Next(4) switch { 0 => 0, 1 => random.Next(50), 2 => random.Next(5000), _ => random.Next(1 << 20) }];
            random.NextBytes(text);
            texts.Add(text);
            total += text.Length;
        }

        texts.ForEach(text => store.Add(text));
        Assert.Equal((texts.Count, total), (store.Count, store.ByteCount));
        for (int id = 0; id < texts.Count; id++)
        {
            Assert.True(store[id].Span.SequenceEqual(texts[id]), $"Text {id} of {texts[id].Length} bytes.");
        }

        Assert.Throws<ArgumentOutOfRangeException>(() => store[texts.Count]);
        Assert.Throws<ArgumentOutOfRangeException>(() => store[-1]);
    }

    [Fact]
    public void Short_texts_fill_blocks_to_the_last_byte()
    {
        CaptionStore store = new();
        byte[] text = new byte[1 << 16];
        for (int i = 0; i < 600; i++)
        {
            text[0] = (byte)i;
            store.Add(text);
            store.Add([]);
        }

        for (int i = 0; i < 600; i++)
        {
            Assert.Equal((1 << 16, (byte)i), (store[2 * i].Length, store[2 * i].Span[0]));
            Assert.True(store[(2 * i) + 1].IsEmpty);
        }
    }

    [Fact]
    public void Names_are_numbered_once()
    {
        NameTable names = new();
        for (int round = 0; round < 2; round++)
        {
            for (int i = 0; i < 20_000; i++)
            {
                Assert.Equal(i, names.Add(Encoding.UTF8.GetBytes($"video {i}")));
            }
        }

        Assert.Equal((20_000, "video 19999"), (names.Count, names[19_999]));
        Assert.Equal(20_000, names.Add([]));
    }

    [Fact]
    public void Columns_grow_over_blocks()
    {
        Column<int> column = new();
        for (int i = 0; i < 5_000_000; i++)
        {
            column.Add(i);
        }

        for (int i = 0; i < 5_000_000; i++)
        {
            if (column[i] != i)
            {
                Assert.Fail($"Number {i} is {column[i]}.");
            }
        }

        Assert.Equal(5_000_000, Enumerable.Range(0, column.BlockCount).Sum(block => column.Span(block).Length));
    }
}
