namespace Avion.Models.Tests;

public sealed class TorchFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("zip.pt")]
    [InlineData("legacy.pt")]
    [InlineData("bare.bin")]
    public void Tensors_that_PyTorch_saved_are_read_exactly(string name)
    {
        using TensorArchive file = TensorArchive.Open(Repository.Asset("torch", name));
        AssertTensor(file, "module.f32", ElementType.Float32, [2, 3], Eighths(0, 6));
        AssertTensor(file, "module.f64", ElementType.Float64, [3], Eighths(1, 3));
        AssertTensor(file, "module.f16", ElementType.Float16, [2, 2], Eighths(2, 4));
        AssertTensor(file, "module.bf16", ElementType.BFloat16, [5], Eighths(3, 5));
        AssertTensor(file, "module.i64", ElementType.Int64, [2], [4, 5]);
        AssertTensor(file, "module.u8", ElementType.UInt8, [3], [5, 6, 7]);
        AssertTensor(file, "module.scalar", ElementType.Float32, [], [0.5f]);
        AssertTensor(file, "module.empty", ElementType.Float32, [0, 3], []);
        AssertTensor(file, "module.parameter", ElementType.Float32, [2], Eighths(7, 2));
        AssertTensor(file, "module.flag", ElementType.UInt8, [3], [1, 0, 1]);
        Assert.Equal(12, file.Entries.Count);
    }

    [Theory]
    [InlineData("zip.pt")]
    [InlineData("legacy.pt")]
    public void Strided_views_of_one_storage_are_read_in_their_own_order(string name)
    {
        using TensorArchive file = TensorArchive.Open(Repository.Asset("torch", name));
        float[] whole = Eighths(6, 24);
        AssertTensor(file, "module.transposed", ElementType.Float32, [6, 4],
            [.. from column in Enumerable.Range(0, 6) from row in Enumerable.Range(0, 4) select whole[(row * 6) + column]]);
        AssertTensor(file, "module.part", ElementType.Float32, [2, 3],
            [.. from row in Enumerable.Range(1, 2) from column in Enumerable.Range(2, 3) select whole[(row * 6) + column]]);
        float[] middle = new float[2];
        file.Read(file["module.part"], 2, middle);
        Assert.Equal([whole[10], whole[14]], middle);
    }

    [Fact]
    public void Run_options_become_metadata()
    {
        using TensorArchive file = TensorArchive.Open(Repository.Asset("torch", "zip.pt"));
        Assert.Equal("3", file.Metadata["epoch"]);
        Assert.Equal("CLIP_VITB16", file.Metadata["args.model"]);
        Assert.Equal("4", file.Metadata["args.clip_length"]);
        Assert.Equal("true", file.Metadata["args.use_flash_attn"]);
        Assert.False(file.Metadata.ContainsKey("args.resume"));
    }

    [Fact]
    public void Parameters_of_a_TorchScript_archive_are_found()
    {
        using TensorArchive file = TensorArchive.Open(Repository.Asset("torch", "script.pt"));
        AssertTensor(file, "visual.weight", ElementType.Float32, [2, 3], Eighths(0, 6));
        AssertTensor(file, "logit_scale", ElementType.Float32, [], [0.5f]);
    }

    [Fact]
    public void What_is_written_is_read_back_bit_equal()
    {
        string path = _folder.File("written.pt");
        Dictionary<TensorEntry, byte[]> contents = Contents();
        Write(path, contents);
        using TensorArchive file = TensorArchive.Open(path);
        foreach ((TensorEntry entry, byte[] bytes) in contents)
        {
            byte[] read = new byte[bytes.Length];
            file.ReadBytes(file[entry.Name], 0, read);
            Assert.Equal(bytes, read);
            Assert.Equal(entry.ShapeText, file[entry.Name].ShapeText);
            Assert.Equal(entry.Type, file[entry.Name].Type);
        }

        Assert.Equal("CLIP_VITB16", file.Metadata["args.model"]);
        Assert.Equal("7", file.Metadata["epoch"]);
    }

    [Fact]
    public async System.Threading.Tasks.Task PyTorch_reads_what_is_written()
    {
        Assert.SkipUnless(await PyTorch.IsInstalledAsync(), PyTorch.Missing);
        string path = _folder.File("written.pt");
        Dictionary<TensorEntry, byte[]> contents = Contents();
        Write(path, contents);
        const string Script = """
            import sys, torch
            c = torch.load(sys.argv[1], map_location='cpu')
            print(c['epoch'], c['args'].model, c['args'].clip_length, c['args'].lr, c['args'].flag)
            for k, v in c['state_dict'].items():
                raw = bytes(v.contiguous().view(-1).view(torch.uint8).tolist()) if v.numel() and v.dim() else b''
                print(k, str(v.dtype)[6:], list(v.shape), raw.hex())
            """;
        ProcessResult result = await PyTorch.RunAsync(Script, path);
        Assert.Equal(0, result.ExitCode);
        string[] lines = result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("7 CLIP_VITB16 4 3e-05 True", lines[0]);
        string[] expected = [.. contents.Select(pair =>
            $"{pair.Key.Name} {PyTorchName(pair.Key.Type)} {pair.Key.ShapeText} {(pair.Key.Extents.Length == 0 ? "" : Convert.ToHexString(pair.Value).ToLowerInvariant())}".TrimEnd())];
        Assert.Equal(expected, lines[1..].Select(line => line.TrimEnd()));
    }

    private static string PyTorchName(ElementType type) => type switch
    {
        ElementType.Float32 => "float32", ElementType.Float64 => "float64", ElementType.Float16 => "float16",
        ElementType.BFloat16 => "bfloat16", ElementType.UInt8 => "uint8", ElementType.Int32 => "int32", _ => "int64",
    };

    private static Dictionary<TensorEntry, byte[]> Contents()
    {
        Random random = new(3);
        Dictionary<TensorEntry, byte[]> contents = [];
        foreach (ElementType type in Enum.GetValues<ElementType>())
        {
            foreach (long[] shape in (long[][])[[2, 3], [0, 4], []])
            {
                TensorEntry entry = new($"{type}.{shape.Length}.{contents.Count}", type, shape);
                byte[] bytes = new byte[entry.ByteCount];
                random.NextBytes(bytes);
                contents.Add(entry, bytes);
            }
        }

        return contents;
    }

    private static void Write(string path, Dictionary<TensorEntry, byte[]> contents)
    {
        TorchFileLayout layout = new()
        {
            WeightsKey = "state_dict",
            Numbers = new Dictionary<string, long> { ["epoch"] = 7 },
            Options = new Dictionary<string, object> { ["model"] = "CLIP_VITB16", ["clip_length"] = 4, ["lr"] = 3e-5, ["flag"] = true },
        };
        using TorchFileWriter writer = new(path, [.. contents.Keys], layout);
        foreach ((TensorEntry entry, byte[] bytes) in contents.Where(pair => pair.Value.Length > 0))
        {
            int half = bytes.Length / entry.Type.SizeInBytes() / 2 * entry.Type.SizeInBytes();
            writer.Write(entry, bytes.AsSpan(0, half));
            writer.Write(entry, bytes.AsSpan(half));
        }

        writer.Complete();
    }

    private static float[] Eighths(int index, int count) => [.. Enumerable.Range(index, count).Select(number => (number / 8f) - 1)];

    private static void AssertTensor(TensorArchive file, string name, ElementType type, long[] shape, float[] expected)
    {
        TensorEntry entry = file[name];
        Assert.Equal(type, entry.Type);
        Assert.Equal(shape, entry.Extents.ToArray());
        Assert.Equal(expected, file.ReadAll(entry));
    }
}
