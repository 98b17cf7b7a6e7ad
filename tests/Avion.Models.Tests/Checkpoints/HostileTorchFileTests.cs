using System.IO.Compression;

namespace Avion.Models.Tests;

/// <summary>Files that try to run code, to take all memory or time, or to be read outside of their bounds.</summary>
public sealed class HostileTorchFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("cos\nsystem\n(S'true'\ntR.", "'os.system'")]
    [InlineData("cposix\nsystem\n(S'true'\ntR.", "'posix.system'")]
    [InlineData("c__builtin__\neval\n(S'1'\ntR.", "'__builtin__.eval'")]
    [InlineData("cbuiltins\nexec\n(S'1'\ntR.", "'builtins.exec'")]
    [InlineData("csubprocess\nPopen\n(S'true'\ntR.", "'subprocess.Popen'")]
    [InlineData("(S'true'\nios\nsystem\n.", "'os.system'")]
    [InlineData("(cos\nsystem\nS'true'\no.", "'os.system'")]
    [InlineData("\u0080\u0004\u008c\u0002os\u008c\u0006system\u0093\u008c\u0001x\u0085R.", "'os.system'")]
    [InlineData("ctorch.hub\nload\n(S'x'\ntR.", "'torch.hub.load'")]
    [InlineData("ctorch\nload\n(S'x'\ntR.", "'torch.load'")]
    [InlineData("c__builtin__\nopen\n(S'a'\nS'w'\ntR.", "'__builtin__.open'")]
    [InlineData("c__builtin__\ngetattr\n(ctorch\nhub\nS'load'\ntR(S'x'\ntR.", "in the place of a class or function")]
    [InlineData("cargparse\nNamespace\n)\u0081}S'a'\ncos\nsystem\nsb.", "'os.system'")]
    public void A_name_off_the_list_is_refused_by_name(string pickle, string expected) => AssertRefused(Latin1(pickle), expected);

    [Theory]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("0.")]
    [InlineData("(")]
    [InlineData("t.")]
    [InlineData("((1t.")]
    [InlineData("](0a.")]
    [InlineData("}(S'a'\nu.")]
    [InlineData("a.")]
    [InlineData("Nb.")]
    [InlineData("g5\n.")]
    [InlineData("h\u0001.")]
    [InlineData("NR.")]
    [InlineData("L9x\n.")]
    [InlineData("S'abc\n.")]
    [InlineData("X\u00ff\u00ff\u00ff\u00ffabc.")]
    [InlineData("\u008d\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007fabc.")]
    [InlineData("\u008e\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ffabc.")]
    [InlineData("\u008b\u00ff\u00ff\u00ff\u007f.")]
    [InlineData("\u0097.")]
    [InlineData("\u0082\u0001.")]
    [InlineData("V\\uD800\n.")]
    [InlineData("N.")]
    [InlineData("}.")]
    [InlineData("S'storage'\nQ.")]
    [InlineData("ctorch._utils\n_rebuild_tensor_v2\n(NI0\n(t(ttR.")]
    public void A_damaged_pickle_is_refused(string pickle) => AssertRefused(Latin1(pickle), "");

    [Theory]
    [InlineData(0, "3L", "1L", 2, "reaches beyond")]
    [InlineData(1, "2L", "1L", 2, "reaches beyond")]
    [InlineData(0, "2L", "2L", 2, "reaches beyond")]
    [InlineData(0, "2L", "0L", 1, "repeats elements")]
    [InlineData(-1, "1L", "1L", 2, "reaches beyond")]
    [InlineData(0, "-1L", "1L", 2, "reaches beyond")]
    [InlineData(0, "2L", "-1L", 2, "reaches beyond")]
    [InlineData(0, "4611686018427387904L", "4611686018427387904L", 2, "reaches beyond")]
    [InlineData(0, "2L", "1L", 1000, "has 8 bytes, expected 4000")]
    [InlineData(0, "2L", "1L", 4611686018427387904, "false size")]
    public void A_tensor_outside_of_its_storage_is_refused(long first, string extent, string stride, long count, string expected) =>
        AssertRefused(Latin1(
            "}S'w'\nctorch._utils\n_rebuild_tensor_v2\n((S'storage'\nctorch\nFloatStorage\nS'0'\nS'cpu'\n"
            + $"L{count}L\ntQL{first}L\n(L{extent}\nt(L{stride}\ntI00\nNtRs."), expected);

    [Fact]
    public void A_pickle_that_makes_a_value_of_every_byte_ends_soon()
    {
        byte[] pickle = new byte[40 << 20];
        pickle.AsSpan().Fill((byte)']');
        pickle[^1] = (byte)'.';
        AssertRefused(pickle, "more than");
        pickle.AsSpan().Fill((byte)'(');
        pickle[^1] = (byte)'.';
        AssertRefused(pickle, "more than");
    }

    [Fact]
    public void Dictionaries_that_contain_themselves_and_each_other_end_soon()
    {
        // Each level holds the level below twice: 2^40 paths, if all were walked.
        StringBuilder doubled = new("}p0\n");
        for (int level = 1; level <= 40; level++)
        {
            doubled.Append($"}}(S'a'\ng{level - 1}\nS'b'\ng{level - 1}\nup{level}\n");
        }

        AssertRefused(Latin1(doubled + "."), "");
        AssertRefused(Latin1("}p0\n(S'a'\ng0\nu."), "no dictionary of tensors");
    }

    [Fact]
    public void Calls_that_copy_one_long_list_again_and_again_end_soon()
    {
        // A list of 100,000 pairs, and 100,000 dictionaries that are each made of it.
        StringBuilder pickle = new("](" + string.Concat(Enumerable.Repeat("NN\u0086", 100_000)) + "eq\u0001ccollections\nOrderedDict\nq\u0002(");
        pickle.Insert(0, '(').Append(string.Concat(Enumerable.Repeat("h\u0002h\u0001\u0085R", 100_000))).Append("tt.");
        AssertRefused(Latin1(pickle.ToString()), "more than");
    }

    [Fact]
    public void Calls_within_calls_and_options_that_many_objects_share_end_soon()
    {
        // Each call's arguments are the call before: as deep as the file is long.
        StringBuilder nested = new("N");
        nested.Insert(0, string.Concat(Enumerable.Repeat("ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._tensor\n_rebuild_from_type_v2\nN", 50_000)));
        nested.Append(string.Concat(Enumerable.Repeat("\u0085NtR", 50_000))).Append('.');
        AssertRefused(Latin1(nested.ToString()), "");

        // 20,000 members that share an object with 20,000 options, which would be as many names of metadata as their product.
        StringBuilder shared = new("cargparse\nNamespace\n)\u0081}(");
        for (int i = 0; i < 20_000; i++)
        {
            shared.Append($"Vo{i}\nI1\n");
        }

        shared.Append("ubp0\n0}(");
        for (int i = 0; i < 20_000; i++)
        {
            shared.Append($"Vm{i}\ng0\n");
        }

        AssertRefused(Latin1(shared.Append("u.").ToString()), "more than");
    }

    [Fact]
    public void Long_numbers_cost_no_time() => AssertRefused(Latin1("L" + new string('9', 10_000_000) + "\n."), "too long");

    [Theory]
    [InlineData("zip.pt")]
    [InlineData("legacy.pt")]
    [InlineData("script.pt")]
    public void Truncations_and_changed_bytes_are_refused_or_read_without_a_crash(string name)
    {
        byte[] file = File.ReadAllBytes(Repository.Asset("torch", name));
        string path = _folder.File(name);
        Random random = new(11);
        for (int trial = 0; trial < 4000; trial++)
        {
            byte[] copy = trial < file.Length / 4 ? file[..(trial * 4)] : file;
            MutatedFiles.ReadAll(path, MutatedFiles.Change(copy, random.Next(4), random));
        }
    }

    [Fact]
    public void Compressed_members_are_refused_with_the_reason()
    {
        string path = _folder.File("compressed.pt");
        using (ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            using Stream member = zip.CreateEntry("archive/data.pkl", CompressionLevel.Optimal).Open();
            member.Write(Latin1("}" + string.Concat(Enumerable.Repeat("S'a'\nNs", 100)) + "."));
        }

        Assert.Contains("compressed", Assert.Throws<CheckpointException>(() => TensorArchive.Open(path)).Message, StringComparison.Ordinal);
    }

    private static byte[] Latin1(string text) => Encoding.Latin1.GetBytes(text);

    private void AssertRefused(byte[] pickle, string expected)
    {
        string path = _folder.File("hostile.pt");
        File.Delete(path);
        using (ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            using (Stream member = zip.CreateEntry("archive/data.pkl", CompressionLevel.NoCompression).Open())
            {
                member.Write(pickle);
            }

            using Stream data = zip.CreateEntry("archive/data/0", CompressionLevel.NoCompression).Open();
            data.Write(new byte[8]);
        }

        CheckpointException exception = Assert.Throws<CheckpointException>(() => TensorArchive.Open(path));
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }
}
