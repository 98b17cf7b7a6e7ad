using System.Runtime.InteropServices;

namespace Avion.Data.Tests;

public sealed class PickleTests
{
    public static TheoryData<int> Protocols => [0, 1, 2, 3, 4, 5];

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Narrations_of_every_protocol_read_the_same(int protocol)
    {
        ClipTable table = NarrationPickle.Read(Asset($"narrations.{protocol}.pkl"));
        Assert.Equal(7, table.Count);
        Assert.Equal("002ad105-bd9a-4858-953e-54e88dc7587e", table.Videos[0]);
        Assert.Equal(new ClipRow(0, new ClipSpan(1.5, 3.25), 0, 1), table[0]);
        Assert.Equal("#C C picks up the knife", table.Captions.Text(0));
        Assert.Equal(new ClipRow(0, new ClipSpan(0, 2), 1, 3), table[1]);
        Assert.Equal("the fridge is opened – naïve", table.Captions.Text(2));
        Assert.Equal("日本語 \\u0041 'quoted' \"twice\"\nand a line", table.Captions.Text(3));
        Assert.Equal(new ClipRow(1, new ClipSpan(7.125, 8.5), 4, 1), table[2]);
        Assert.Equal("narration 3", table.Captions.Text(table[6].FirstCaption));
        Assert.Equal(("item 2", "item 8"), (table.PlaceOf(2), table.PlaceOf(6)));

        // One ends a rounding before it begins, one long before and has no words.
        Assert.Contains("1 clips of no length (the first at item 3", table.Notes[0]);
        Assert.Contains("1 clips that end before they begin (the first at item 4, fields 'start' and 'end': got 3 to 2 s)", table.Notes[0]);
    }

    [Fact]
    public void Long_lists_come_in_many_parts()
    {
        ClipTable table = NarrationPickle.Read(Asset("long.4.pkl"));
        Assert.Equal(2503, table.Count);
        Assert.Equal("narration 2499", table.Captions.Text(table[2502].FirstCaption));
        Assert.Equal(new ClipSpan(1249.5, 1250.5), table[2502].Span);
    }

    [Theory]
    [MemberData(nameof(Protocols))]
    public void Matrices_of_every_protocol_read_the_same(int protocol) =>
        AssertMatrix(RelevanceMatrix.Read(Asset($"matrix.{protocol}.pkl")), 1e-7);

    [Theory]
    [InlineData("matrix-f4.pkl", 1e-6)]
    [InlineData("matrix-f2.pkl", 1e-3)]
    [InlineData("matrix-big-endian.pkl", 1e-7)]
    public void Matrices_of_every_element_type_read_the_same(string name, double tolerance) =>
        AssertMatrix(RelevanceMatrix.Read(Asset(name)), tolerance);

    [Fact]
    public void Data_larger_than_the_limit_of_texts_is_read_from_the_file_row_by_row()
    {
        using TemporaryFolder folder = new();
        const int rows = 3000, columns = 100;
        double[] elements = [.. Enumerable.Range(0, rows * columns).Select(i => i / 7.0)];
        byte[] text = Encoding.UTF8.GetBytes(Encoding.Latin1.GetString(MemoryMarshal.AsBytes<double>(elements)));
        string path = folder.File("large.2.pkl");
        using (BinaryWriter writer = new(File.Create(path), Encoding.Latin1))
        {
            // What Python 3 writes for a matrix in protocol 2: the bytes as text that _codecs.encode turns back.
            writer.Write("\u0080\u0002cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0\u0085U\u0001btR(K\u0001J".ToCharArray());
            writer.Write(rows);
            writer.Write('J');
            writer.Write(columns);
            writer.Write("\u0086cnumpy\ndtype\nU\u0002f8K\0K\u0001\u0087R(K\u0003U\u0001<NNN".ToCharArray());
            writer.Write("J\u00ff\u00ff\u00ff\u00ffJ\u00ff\u00ff\u00ff\u00ffK\0tb\u0089c_codecs\nencode\nX".ToCharArray());
            writer.Write(text.Length);
            writer.Write(text);
            writer.Write("U\u0006latin1\u0086Rtb.".ToCharArray());
        }

        Assert.True(text.Length > 1 << 20);
        int seen = 0;
        Assert.Equal((rows, columns), RelevanceMatrix.ReadRows(path, (row, values) =>
        {
            Assert.Equal(seen++, row);
            Assert.Equal((float)(row * columns / 7.0), values[0]);
            Assert.Equal((float)(((row * columns) + columns - 1) / 7.0), values[^1]);
        }));
        Assert.Equal(rows, seen);
    }

    [Theory]
    [InlineData("matrix-fortran.pkl")]
    [InlineData("matrix-fortran.2.pkl")]
    public void Matrices_stored_column_by_column_are_those_stored_by_rows(string name)
    {
        RelevanceMatrix expected = RelevanceMatrix.Read(Asset("matrix.4.pkl")), actual = RelevanceMatrix.Read(Asset(name));
        Assert.Equal((expected.RowCount, expected.ColumnCount), (actual.RowCount, actual.ColumnCount));
        Assert.Equal(expected.Values, actual.Values);
    }

    [Fact]
    public void Whole_numbers_are_numbers() => Assert.Equal(7, RelevanceMatrix.Read(Asset("matrix-i8.pkl")).Values[1]);

    [Fact]
    public void Sentences_are_drawn_from_those_above_the_threshold()
    {
        CaptionStore sentences = new();
        for (int i = 0; i < 7; i++)
        {
            sentences.Add($"sentence {i}");
        }

        RelevantCaptions relevant = RelevanceMatrix.ReadRelevant(Asset("matrix.4.pkl"), sentences, threshold: 0.5f);
        Assert.Equal(5, relevant.RowCount);
        for (int row = 0; row < 5; row++)
        {
            HashSet<int> drawn = [];
            for (ulong stream = 0; stream < 200; stream++)
            {
                CounterRandom random = new(1, stream);
                Assert.True(relevant.TryDraw(row, ref random, out int sentence, out float relevance));
                Assert.Equal(Expected(row, sentence), relevance, 1e-6);
                drawn.Add(sentence);
            }

            Assert.Equal(Enumerable.Range(0, 7).Where(column => Expected(row, column) > 0.5), drawn.Order());
        }
    }

    [Theory]
    [InlineData("hostile-call.pkl", "posix.system")]
    [InlineData("hostile-stack-global.pkl", "posix.system")]
    [InlineData("hostile-object.pkl", "collections.Counter")]
    [InlineData("hostile-instance.pkl", "os.system")]
    [InlineData("hostile-length.pkl", "bytes")]
    [InlineData("hostile-memo.pkl", "99")]
    [InlineData("not-a-list.pkl", "no list")]
    [InlineData("wrong-item.pkl", "item 1: got a tuple of 4")]
    public void Wrong_and_hostile_narrations_are_refused_by_name(string name, string message)
    {
        DataException error = Assert.Throws<DataException>(() => NarrationPickle.Read(Asset(name)));
        Assert.Contains(message, error.Message);
        Assert.Contains(name, error.Message);
        Assert.False(File.Exists("/tmp/avion-pickle-attack"));
    }

    [Theory]
    [InlineData("hostile-shape.pkl", "shape")]
    [InlineData("matrix-objects.pkl", "array")]
    [InlineData("narrations.4.pkl", "no matrix")]
    public void Wrong_and_hostile_matrices_are_refused(string name, string message) =>
        Assert.Contains(message, Assert.Throws<DataException>(() => RelevanceMatrix.Read(Asset(name))).Message);

    [Fact]
    public void A_damaged_pickle_gives_data_or_one_message_and_nothing_else()
    {
        using TemporaryFolder folder = new();
        Random random = new(8);
        string[] names =
            ["narrations.0.pkl", "narrations.2.pkl", "narrations.4.pkl", "matrix.0.pkl", "matrix.2.pkl", "matrix.4.pkl", "matrix.5.pkl"];
        foreach (string name in names)
        {
            byte[] whole = File.ReadAllBytes(Asset(name));
            for (int attempt = 0; attempt < 160; attempt++)
            {
                byte[] damaged = attempt % 4 == 0 ? whole[..random.Next(whole.Length)] : [.. whole];
                for (int i = 0; i < attempt % 4 && damaged.Length > 0; i++)
                {
                    damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
                }

                string path = folder.File("damaged.pkl");
                File.WriteAllBytes(path, damaged);
                Try(() => NarrationPickle.Read(path));
                Try(() => RelevanceMatrix.Read(path));
            }
        }
    }

    [Theory]
    [InlineData("items")]
    [InlineData("captions")]
    [InlineData("text")]
    [InlineData("number")]
    [InlineData("keys")]
    public void Few_bytes_that_stand_for_very_many_values_are_refused_within_seconds(string kind)
    {
        const string item = "(Va\nK\u0001K\u0002Vb\ntq\u0001";
        string captions = "](" + string.Concat(Enumerable.Repeat("U\u0001b", 3_000)) + "eq\u0001";
        string pickle = kind switch
        {
            "items" => $"]({item}{string.Concat(Enumerable.Repeat("h\u0001", 6_000_000))}e.",
            "captions" => $"]((Va\nK\u0001K\u0002{captions}t{string.Concat(Enumerable.Repeat("(Va\nK\u0001K\u0002h\u0001t", 3_000))}e.",
            "text" => $"]((Va\nK\u0001K\u0002V{new string('x', 900_000)}\nq\u0001t"
                + $"{string.Concat(Enumerable.Repeat("(Va\nK\u0001K\u0002h\u0001t", 3_000))}e.",
            "number" => $"]((Va\nK\u0001\u008b\u0040\u004b\u004c\0{new string('x', 5_000_000)}Vb\nte.",
            _ => $"]((Va\nK\u0001K\u0002}}({string.Concat(Enumerable.Range(0, 200_000).Select(Colliding))}ute.",
        };
        using TemporaryFolder folder = new();
        string path = folder.File("x.pkl");
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes(pickle));
        System.Diagnostics.Stopwatch watch = System.Diagnostics.Stopwatch.StartNew();
        DataException error = Assert.Throws<DataException>(() => NarrationPickle.Read(path));
        Assert.Contains("x.pkl", error.Message);
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(20), $"It took {watch.Elapsed}.");
    }

    // A double whose halves are equal: .NET's hash of each is 0.
    private static string Colliding(int i)
    {
        string half = new([(char)(i >> 16), (char)((i >> 8) & 255), (char)(i & 255), '\u0001']);
        return $"G{half}{half}N";
    }

    private static void Try(Action read)
    {
        try
        {
            read();
        }
        catch (DataException)
        {
            // The one kind of error that a wrong file may give; any other fails the test.
        }
    }

    private static void AssertMatrix(RelevanceMatrix matrix, double tolerance)
    {
        Assert.Equal((5, 7), (matrix.RowCount, matrix.ColumnCount));
        for (int row = 0; row < 5; row++)
        {
            for (int column = 0; column < 7; column++)
            {
                Assert.Equal(Expected(row, column), matrix.Values[(row * 7) + column], tolerance);
            }
        }
    }

    private static double Expected(int row, int column) => Math.Round(Math.Pow(Math.Sin((row * 7) + column), 2), 6);

    private static string Asset(string name) => Repository.Asset("data", "pickles", name);
}
