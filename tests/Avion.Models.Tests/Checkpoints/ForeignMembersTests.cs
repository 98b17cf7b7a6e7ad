using System.Buffers.Binary;
using System.IO.Compression;

namespace Avion.Models.Tests;

/// <summary>What stands beside weights, or among them, never rejects them: it is passed over by name.</summary>
public sealed class ForeignMembersTests : IDisposable
{
    private static readonly float[] s_weight = [.. Enumerable.Range(0, 12).Select(j => (j / 8f) - 1)],
        s_bias = [.. Enumerable.Range(1, 3).Select(j => (j / 8f) - 1)];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("members.pt")]
    [InlineData("members-legacy.pt")]
    [InlineData("deflated.pt")]
    public void Weights_among_everything_that_a_program_saves_are_read(string name)
    {
        using TensorArchive file = TensorArchive.Open(Repository.Asset("torch", name));
        Assert.Equal(["weight", "bias"], file.Entries.Select(entry => entry.Name));
        Assert.Equal(s_weight, file.ReadAll(file["weight"]));
        Assert.Equal(s_bias, file.ReadAll(file["bias"]));
        string[] skipped = [.. file.Skipped.Select(member => member.Name)];
        string[] expected =
        [
            "best_acc1", "numbers", "stage", "optimizer", "optimizer_object", "scheduler", "rng", "numpy_rng", "generator", "model_ema", "int8",
            "int16", "complex", "quantized", "sparse", "expanded", "counter", "array",
        ];
        Assert.Empty(expected.Except(skipped));
        Assert.Contains(file.Skipped, member => member.ToString() == "int8 (elements of type int8)");
        Assert.Equal("3", file.Metadata["epoch"]);
    }

    [Fact]
    public void Lightning_and_compiled_modules_are_unwrapped_and_a_loss_beside_them_is_passed_over()
    {
        using TensorArchive file = TensorArchive.Open(Repository.Asset("torch", "lightning.ckpt"));
        WeightSet weights = WeightSet.From(file);
        Assert.Equal(["weight", "bias"], weights.Tensors.Select(tensor => tensor.Name));
        Assert.Contains(weights.Skipped, member => member.Name == "loss.scale");
        Assert.Contains(weights.Skipped, member => member.Name == "callbacks");
    }

    [Fact]
    public void A_module_that_was_saved_whole_gives_its_parameters()
    {
        using TensorArchive file = TensorArchive.Open(Repository.Asset("torch", "module.pt"));
        Assert.Equal(["inner.weight", "inner.bias"], file.Entries.Select(entry => entry.Name));
        Assert.Equal(s_weight, file.ReadAll(file["inner.weight"]));
        Assert.Contains(file.Skipped, member => member.Name == "mask");
    }

    [Theory]
    [InlineData("imagenet-style.pt")]
    [InlineData("multistep.pt")]
    public void A_best_accuracy_and_a_scheduler_beside_the_weights_hide_nothing(string name)
    {
        using TensorArchive file = TensorArchive.Open(Repository.Asset("cases", name));
        Assert.Equal(["weight", "bias"], file.Entries.Select(entry => entry.Name));
        Assert.Equal("[3, 4]", file["weight"].ShapeText);
        Assert.NotEmpty(file.Skipped);
    }

    [Fact]
    public void A_mask_of_booleans_leaves_the_weights_of_a_safetensors_file_readable()
    {
        using TensorArchive file = TensorArchive.Open(Repository.Asset("cases", "bool-mask.safetensors"));
        Assert.Equal(file["w"].ElementCount, file.ReadAll(file["w"]).Length);
        Assert.Equal(ElementType.UInt8, file["mask"].Type);
    }

    [Theory]
    [InlineData("I8", 1)]
    [InlineData("I16", 2)]
    [InlineData("U16", 2)]
    [InlineData("U32", 4)]
    [InlineData("U64", 8)]
    [InlineData("F8_E4M3", 1)]
    [InlineData("F8_E5M2", 1)]
    [InlineData("C64", 8)]
    [InlineData("F4", 1)]
    public void Safetensors_of_other_types_are_passed_over_by_name(string type, int bytes)
    {
        string header = $"{{\"a\":{{\"dtype\":\"{type}\",\"shape\":[3],\"data_offsets\":[0,{3 * bytes}]}},"
            + $"\"w\":{{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[{3 * bytes},{(3 * bytes) + 8}]}}}}";
        byte[] length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        byte[] weight = [.. BitConverter.GetBytes(1.5f), .. BitConverter.GetBytes(-2f)];
        File.WriteAllBytes(_folder.File("x"), [.. length, .. Encoding.UTF8.GetBytes(header), .. new byte[3 * bytes], .. weight]);
        using TensorArchive file = TensorArchive.Open(_folder.File("x"));
        Assert.Equal([1.5f, -2f], file.ReadAll(file["w"]));
        Assert.Equal([$"a (elements of type '{type}')"], file.Skipped.Select(member => member.ToString()));
    }

    [Theory]
    [InlineData("members.pt")]
    [InlineData("lightning.ckpt")]
    public void A_conversion_that_finds_no_model_writes_nothing_and_says_what_it_found(string name)
    {
        string output = _folder.File("out.safetensors");
        CheckpointException exception = Assert.Throws<CheckpointException>(
            () => WeightConversion.ToAvion(Repository.Asset("torch", name), output, new ConversionOptions()));
        Assert.Contains("weight [3, 4]", exception.Message);
        Assert.Contains("passed over", exception.Message);
        Assert.False(File.Exists(output));
        Assert.Throws<CheckpointException>(
            () => WeightConversion.ToTorch(Repository.Asset("torch", name), output, WeightFamily.OpenAi, new ConversionOptions()));
        Assert.False(File.Exists(output));
    }

    [Fact]
    public void A_compressed_member_that_claims_far_more_than_it_holds_is_refused()
    {
        string path = _folder.File("bomb.pt");
        using (ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create))
        {
            using (Stream pickle = zip.CreateEntry("archive/data.pkl", CompressionLevel.Optimal).Open())
            {
                pickle.Write(Encoding.Latin1.GetBytes("}S'w'\nctorch._utils\n_rebuild_tensor_v2\n((S'storage'\nctorch\nFloatStorage\nS'0'\n"
                    + "S'cpu'\nL50000000L\ntQL0L\n(L50000000L\nt(L1L\ntI00\nNtRs."));
            }

            using Stream data = zip.CreateEntry("archive/data/0", CompressionLevel.Optimal).Open();
            byte[] zeros = new byte[1 << 20];
            for (int mebibyte = 0; mebibyte < 191; mebibyte++)
            {
                data.Write(zeros);
            }
        }

        using TensorArchive file = TensorArchive.Open(path);
        Assert.Contains("claims", Assert.Throws<CheckpointException>(() => file.Read(file["w"], 0, new float[4])).Message);
    }
}
