using Parquet;
using Parquet.Schema;

namespace Avion.Training;

/// <summary>Features as a Parquet table: <c>clip</c> int32, <c>file</c> text, <c>start</c> and <c>end</c> float64 in seconds (null for
/// whole videos), <c>view</c> int32 where each view has a row, and a list of float32 for each output.</summary>
internal static class ParquetFeatures
{
    // Of a row group, which is held in memory.
    private const int MostRows = 1 << 14, MostValues = 1 << 24;

    /// <summary>Writes the table; the file appears whole or not at all.</summary>
    public static void Write(string path, ExtractedFeatures features) => WriteAsync(path, features).GetAwaiter().GetResult();

    private static async Task WriteAsync(string path, ExtractedFeatures features)
    {
        DataField<int> clip = new("clip", nullable: false), view = new("view", nullable: false);
        DataField<string> file = new("file", nullable: false);
        DataField<double> start = new("start", nullable: true), end = new("end", nullable: true);
        ListField[] lists = [.. features.Outputs
            .Select(output => new ListField(output.Name, new DataField<float>("element", nullable: false)))];
        ParquetSchema schema = new([clip, file, start, end, .. features.HasViews ? (Field[])[view] : [], .. lists]);
        int most = Math.Clamp(MostValues / Math.Max(1, features.Outputs.Max(output => output.Size)), 1, MostRows);
        using AtomicFile atomic = new(path);
        await using (ParquetWriter writer = await ParquetWriter.CreateAsync(schema, atomic.Stream))
        {
            writer.CustomMetadata = new Dictionary<string, string> { ["weights"] = features.Weights };
            for (int first = 0; first < features.Rows.Count; first += most)
            {
                List<FeatureRow> rows = features.Rows.GetRange(first, Math.Min(most, features.Rows.Count - first));
                using ParquetRowGroupWriter group = writer.CreateRowGroup();
                await group.WriteAsync<int>(clip, rows.Select(row => row.Clip).ToArray().AsMemory());
                await group.WriteAsync(file, (IReadOnlyCollection<string>)[.. rows.Select(row => row.File)]);
                await group.WriteAsync<double>(start, rows.Select(row => TimeOf(row.Span.Start)).ToArray().AsMemory());
                await group.WriteAsync<double>(end, rows.Select(row => TimeOf(row.Span.End)).ToArray().AsMemory());
                if (features.HasViews)
                {
                    await group.WriteAsync<int>(view, rows.Select(row => row.View).ToArray().AsMemory());
                }

                for (int output = 0; output < lists.Length; output++)
                {
                    DataField item = (DataField)lists[output].Item;
                    (float[] values, int[] repetitions) = ReadRows(features, output, rows.Count);
                    int[] definitions = new int[values.Length];
                    Array.Fill(definitions, item.MaxDefinitionLevel);
                    await group.WriteAllPartsAsync<float>(item, values.AsMemory(), definitions.AsMemory(), repetitions.AsMemory(),
                        CancellationToken.None);
                }

                group.CompleteValidate();
            }
        }

        atomic.Complete();
    }

    private static double? TimeOf(double seconds) => double.IsNaN(seconds) ? null : seconds;

    /// <summary>Values of some rows, with 0 where a list begins and 1 where it goes on.</summary>
    private static (float[] Values, int[] Repetitions) ReadRows(ExtractedFeatures features, int output, int rows)
    {
        int size = features.Outputs[output].Size;
        float[] values = new float[rows * size];
        features.Read(output, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        int[] repetitions = new int[values.Length];
        for (int i = 0; i < repetitions.Length; i++)
        {
            repetitions[i] = i % size == 0 ? 0 : 1;
        }

        return (values, repetitions);
    }
}
