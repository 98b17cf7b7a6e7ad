using System.Numerics;

namespace Avion.Files.Tests;

/// <summary>The stack machine alone: what each opcode makes, and what it refuses.</summary>
public sealed class PickleReaderTests
{
    public static TheoryData<string, object?> Values => new()
    {
        { "N.", null }, { "I01\n.", true }, { "I00\n.", false }, { "I1\n.", 1L }, { "I-7\n.", -7L }, { "L12L\n.", 12L },
        { "\u0088.", true }, { "K\u00ff.", 255L }, { "M\u0001\u0002.", 513L }, { "J\u00ff\u00ff\u00ff\u00ff.", -1L },
        { "\u008a\u0000.", 0L }, { "\u008a\u0001\u00ff.", -1L }, { "\u008a\u0002\u00ff\u0000.", 255L },
        { "\u008a\u0009\0\0\0\0\0\0\0\0\u0001.", BigInteger.Pow(2, 64) }, { "F1.5\n.", 1.5 },
        { "G\u003f\u00f8\0\0\0\0\0\0.", 1.5 }, { "S'a\\'\\\\\\n'\n.", "a'\\\n" }, { "S'caf\\xc3\\xa9'\n.", "café" },
        { "Vcaf\\u00e9 \\U0001f600\n.", "café 😀" }, { "U\u0002\u00c3\u00a9.", "é" }, { "X\u0002\0\0\0\u00c3\u00a9.", "é" },
        { "\u008c\u0001a\u0094h\0.", null }, { "(K\u00011K\u0002.", 2L }, { "K\u0001(0.", 1L }, { "K\u0001K\u00020.", 1L },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void Values_are_those_of_Python(string pickle, object? expected)
    {
        if (pickle.StartsWith('\u008c'))
        {
            // A value that is fetched again lies on the stack twice.
            Assert.Throws<FileFaultException>(() => Read(pickle));
            Assert.Equal(new object?[] { "a", "a" }, Read("\u008c\u0001a\u0094h\0\u0086."));
            return;
        }

        Assert.Equal(expected, Read(pickle));
    }

    [Fact]
    public void Containers_nest_and_share_what_is_fetched_again()
    {
        object?[] tuple = Assert.IsType<object?[]>(Read("](K\u0001K\u0002eq\u0005h\u0005\u0086."));
        Assert.Same(tuple[0], tuple[1]);
        Assert.Equal([1L, 2L], Assert.IsType<List<object?>>(tuple[0]));
        PickleDictionary dictionary = Assert.IsType<PickleDictionary>(Read("}(U\u0001aK\u0001U\u0001aK\u0002NK\u0003u."));
        Assert.Equal(2L, dictionary.Find("a"));
        Assert.Equal(3, dictionary.Pairs.Count);
        Assert.Equal([1L, 2L], Assert.IsType<List<object?>>(Read("\u008f(K\u0001K\u0002\u0090.")));
    }

    [Theory]
    [InlineData("U\u0001\u00ff.")]
    [InlineData("X\u0003\0\0\0\u00ed\u00a0\u0080.")]
    [InlineData("S'\\xff'\n.")]
    public void Text_that_is_not_UTF_8_stays_bytes(string pickle) => Assert.IsType<PickleBytes>(Read(pickle));

    [Theory]
    [InlineData("", "ends in the middle")]
    [InlineData(".", "unfinished")]
    [InlineData("NN.", "unfinished")]
    [InlineData("0.", "not there")]
    [InlineData("t.", "mark")]
    [InlineData("K\u0001(a.", "not there")]
    [InlineData("h\u0001.", "value 1")]
    [InlineData("}(Nu.", "without a value")]
    [InlineData("NNa.", "a list")]
    [InlineData("\u0080\u0009N.", "protocol 9")]
    [InlineData("\u0097.", "0x97")]
    [InlineData("\u0082\u0001.", "0x82")]
    [InlineData("V\\u12\n.", "escaped")]
    [InlineData("I1x\n.", "cannot be read")]
    [InlineData("X\u00ff\u00ff\u00ff\u00ffabc.", "declares 4294967295 bytes")]
    [InlineData("\u008d\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ffabc.", "declares")]
    [InlineData("cos\nsystem\n.", "'os.system'")]
    [InlineData("NQ.", "outside")]
    public void What_is_wrong_is_refused_with_file_and_place(string pickle, string expected)
    {
        FileFaultException fault = Assert.Throws<FileFaultException>(() => Read(pickle));
        Assert.Contains(expected, fault.Message);
        Assert.Contains("'x.pkl'", fault.Message);
        Assert.Contains("at byte", fault.Message);
    }

    [Fact]
    public void Numbers_beyond_use_are_refused_at_once()
    {
        Assert.Contains("too long", Assert.Throws<FileFaultException>(() => Read($"L{new string('9', 5_000_000)}L\n.")).Message);
        Assert.Contains("5000000 bytes", Assert.Throws<FileFaultException>(
            () => Read($"\u008b\u0040\u004b\u004c\0{new string('x', 5_000_000)}.")).Message);
    }

    [Fact]
    public void A_value_of_every_byte_and_a_mark_of_every_byte_end_at_the_budget()
    {
        foreach (char opcode in "])}(N")
        {
            Assert.Contains("more than", Assert.Throws<FileFaultException>(() => Read(new string(opcode, 6_000_000) + ".")).Message);
        }
    }

    [Fact]
    public void Items_of_a_list_are_handed_over_and_forgotten()
    {
        const int count = 3_000;
        string batch = "(" + string.Concat(Enumerable.Repeat("U\u0001aK\u0001\u0086", 100)) + "e";
        using PickleReader reader = Open("]" + string.Concat(Enumerable.Repeat(batch, count / 100)) + ".",
            new ReadingBudget { MaximumItems = 500 });
        int seen = 0;
        reader.ReadList(item => seen += item is object?[] { Length: 2 } ? 1 : 0);
        Assert.Equal(count, seen);
    }

    [Fact]
    public void Keys_that_collide_cost_no_more_than_others()
    {
        // Python's and .NET's hashes of these numbers are the same; a hash table of them would take the square of their count.
        StringBuilder pickle = new("}(");
        for (int i = 0; i < 300_000; i++)
        {
            pickle.Append('G').Append((char)(i >> 16)).Append((char)((i >> 8) & 255)).Append((char)(i & 255)).Append('\0')
                .Append((char)(i >> 16)).Append((char)((i >> 8) & 255)).Append((char)(i & 255)).Append('\0').Append('N');
        }

        PickleDictionary dictionary = Assert.IsType<PickleDictionary>(Read(pickle.Append("u.").ToString()));
        Assert.Equal(300_000, dictionary.Pairs.Count);
    }

    private static object? Read(string pickle)
    {
        using PickleReader reader = Open(pickle, null);
        return reader.Read();
    }

    private static PickleReader Open(string pickle, ReadingBudget? budget) =>
        new(new PickleStream(new MemoryStream(Encoding.Latin1.GetBytes(pickle)), "x.pkl"), new NumpyPickleWorld(), budget);
}
