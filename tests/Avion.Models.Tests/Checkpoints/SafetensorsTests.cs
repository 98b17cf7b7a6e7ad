using System.Buffers.Binary;

namespace Avion.Models.Tests;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.Float64)]
    [InlineData(ElementType.Float16)]
    [InlineData(ElementType.BFloat16)]
    [InlineData(ElementType.UInt8)]
    [InlineData(ElementType.Int32)]
    [InlineData(ElementType.Int64)]
    public void Bytes_of_every_type_come_back_equal(ElementType type)
    {
        TensorEntry matrix = new("a.weight", type, [3, 5]), scalar = new("scalar", type, []), empty = new("empty", type, [0, 7]);
        byte[] bytes = new byte[matrix.ByteCount];
        new Random(1).NextBytes(bytes);
        string path = _folder.File("types.safetensors");
        using (SafetensorsWriter writer = new(path, [matrix, empty, scalar], new Dictionary<string, string> { ["note"] = "ü \"quoted\"" }))
        {
            writer.Write(matrix, bytes.AsSpan(0, type.SizeInBytes()));
            writer.Write(matrix, bytes.AsSpan(type.SizeInBytes()));
            writer.Write(scalar, bytes.AsSpan(0, type.SizeInBytes()));
            writer.Complete();
        }

        using TensorArchive file = TensorArchive.Open(path);
        byte[] read = new byte[bytes.Length];
        file.ReadBytes(file["a.weight"], 0, read);
        Assert.Equal(bytes, read);
        Assert.Equal(type, file["scalar"].Type);
        Assert.Equal(Shape.Scalar, file["scalar"].Shape);
        Assert.Equal(0, file["empty"].ElementCount);
        Assert.Equal("ü \"quoted\"", file.Metadata["note"]);
    }

    [Fact]
    public void Data_begins_at_a_multiple_of_eight_and_the_header_is_what_the_format_says()
    {
        string path = Write(("w", [1f, -2f, 3.5f]));
        byte[] file = File.ReadAllBytes(path);
        int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(file);
        Assert.Equal(0, length % 8);
        Assert.Equal("{\"w\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,12]}}",
            Encoding.UTF8.GetString(file, 8, length).TrimEnd());
        Assert.Equal(-2f, BitConverter.ToSingle(file, 8 + length + 4));
    }

    [Fact]
    public void A_file_appears_only_when_it_is_complete_and_an_older_one_stays()
    {
        string path = Write(("w", [1f]));
        TensorEntry entry = new("w", ElementType.Float32, [2]);
        using (SafetensorsWriter writer = new(path, [entry]))
        {
            writer.Write(entry, new byte[4]);
        }

        using TensorArchive file = TensorArchive.Open(path);
        Assert.Equal([1f], file.ReadAll(file["w"]));
        Assert.Equal([path], Directory.GetFiles(_folder.FullName));
    }

    [Theory]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", 4, "takes 8")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 3, "truncated")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 9, "follow the header")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "expected 0")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", 4, "expected 4")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}}", 8, "listed twice")]
    [InlineData("{\"w\":{\"dtype\":\"F8\",\"shape\":[1],\"data_offsets\":[0,1]}}", 1, "'F8'")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", 4, "negative extent")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296,4294967296],\"data_offsets\":[0,4]}}", 4, "more elements")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[9223372036854775807,0,2],\"data_offsets\":[0,4]}}", 4, "takes 0")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[1.5],\"data_offsets\":[0,4]}}", 4, "damaged")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[-4,0]}}", 4, "lies at bytes")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4, "lacks one of")]
    [InlineData("{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4],\"strides\":[1]}}", 4, "unknown field")]
    [InlineData("{\"w\":[]}", 0, "damaged")]
    [InlineData("{\"__metadata__\":{\"a\":1}}", 0, "damaged")]
    [InlineData("{\"w\":", 0, "damaged")]
    [InlineData("{} {}", 0, "damaged")]
    [InlineData("{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}}}}}}", 0, "unknown field")]
    public void A_false_header_is_refused_with_its_fault(string header, int dataBytes, string expected)
    {
        CheckpointException exception = Assert.Throws<CheckpointException>(() => TensorArchive.Open(WriteRaw(header, dataBytes)));
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_shape_of_80000_dimensions_is_refused_in_a_short_sentence()
    {
        string shape = string.Join(',', Enumerable.Repeat("1", 80_000));
        string header = $"{{\"w\":{{\"dtype\":\"F32\",\"shape\":[{shape}],\"data_offsets\":[0,4]}}}}";
        string message = Assert.Throws<CheckpointException>(() => TensorArchive.Open(WriteRaw(header, 4))).Message;
        Assert.Contains("64 dimensions", message);
        Assert.True(message.Length < 500);
    }

    [Fact]
    public void A_description_of_a_model_that_the_file_does_not_hold_takes_no_memory()
    {
        using CpuDevice device = new(1);
        using DualEncoder model = DualEncoder.Create(SmallModel.Config, device, seed: 1);
        string path = _folder.File("claims.safetensors");
        Checkpoint.Save(path, model);
        string json;
        using (TensorArchive file = TensorArchive.Open(path))
        {
            json = file.Metadata["avion.model"];
        }

        foreach ((string field, string claim) in (IEnumerable<(string, string)>)
            [("layerCount", "2000000000"), ("layerCount", "900"), ("vocabularySize", "2000000000"), ("contextLength", "2147483647")])
        {
            string false_ = System.Text.RegularExpressions.Regex.Replace(json, $"\"{field}\":\\d+", $"\"{field}\":{claim}");
            Assert.NotEqual(json, false_);
            TensorEntry entry = new("w", ElementType.Float32, [1]);
            using (SafetensorsWriter writer = new(path, [entry], new Dictionary<string, string> { ["avion.model"] = false_ }))
            {
                writer.Write(entry, new byte[4]);
                writer.Complete();
            }

            long before = GC.GetAllocatedBytesForCurrentThread();
            Assert.Throws<CheckpointException>(() => Checkpoint.Load(path, device));
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 100 << 20);
        }
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL << 40)]
    [InlineData(ulong.MaxValue)]
    [InlineData(99_000_000UL)]
    public void A_false_header_length_is_refused(ulong length)
    {
        byte[] file = [.. BitConverter.GetBytes(length), (byte)'{', (byte)'}'];
        string path = _folder.File("length.safetensors");
        File.WriteAllBytes(path, file);
        Assert.Throws<CheckpointException>(() => TensorArchive.Open(path));
    }

    [Fact]
    public void Every_truncation_and_thousands_of_changed_bytes_are_refused_or_read_without_a_crash()
    {
        byte[] file = File.ReadAllBytes(Write(("first.weight", [1f, 2f, 3f]), ("second.bias", [4f])));
        string path = _folder.File("mutated.safetensors");
        for (int length = 0; length < file.Length; length++)
        {
            File.WriteAllBytes(path, file[..length]);
            Assert.Throws<CheckpointException>(() => TensorArchive.Open(path));
        }

        Random random = new(7);
        for (int trial = 0; trial < 3000; trial++)
        {
            MutatedFiles.ReadAll(path, MutatedFiles.Change(file, 1, random));
        }
    }

    [Fact]
    public void Half_and_bfloat16_round_to_nearest_even()
    {
        float[] values = [1f, 1.00390625f, 1.01171875f, 65504f, 65520f, float.NaN, -0f, 1e-8f, 3.4e38f, float.NegativeInfinity];
        byte[] bytes = new byte[values.Length * 2];
        float[] back = new float[values.Length];
        ElementConversion.FromFloat32(ElementType.BFloat16, values, bytes);
        ElementConversion.ToFloat32(ElementType.BFloat16, bytes, back);

        // bfloat16 has 8 bits of mantissa: 1.00390625 lies half-way and goes to 1, 1.01171875 half-way and goes to 1.015625.
        Assert.Equal([1f, 1f, 1.015625f, 65536f, 65536f, float.NaN, -0f, 1.0011718e-8f, float.PositiveInfinity, float.NegativeInfinity],
            back.Select(value => MathF.Abs(value - 1e-8f) < 1e-10f ? 1.0011718e-8f : value));
        ElementConversion.FromFloat32(ElementType.Float16, values, bytes);
        ElementConversion.ToFloat32(ElementType.Float16, bytes, back);
        Assert.Equal([1f, 1.00390625f, 1.01171875f, 65504f, float.PositiveInfinity, float.NaN, -0f, 0f, float.PositiveInfinity,
            float.NegativeInfinity], back);
    }

    private string Write(params (string Name, float[] Values)[] tensors)
    {
        string path = _folder.File("file.safetensors");
        TensorEntry[] entries = [.. tensors.Select(tensor => new TensorEntry(tensor.Name, ElementType.Float32, [tensor.Values.Length]))];
        using SafetensorsWriter writer = new(path, entries);
        for (int i = 0; i < entries.Length; i++)
        {
            byte[] bytes = new byte[entries[i].ByteCount];
            ElementConversion.FromFloat32(ElementType.Float32, tensors[i].Values, bytes);
            writer.Write(entries[i], bytes);
        }

        writer.Complete();
        return path;
    }

    private string WriteRaw(string header, int dataBytes)
    {
        string path = _folder.File("raw.safetensors");
        byte[] text = Encoding.UTF8.GetBytes(header);
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((ulong)text.Length), .. text, .. new byte[dataBytes]]);
        return path;
    }
}
