using System.Buffers;

namespace Avion.Video;

/// <summary>
/// One record of an index file as bytes. Numbers are little-endian base-128 integers (seven bits a byte, the lowest first; signed ones
/// zigzag), tables are stored as differences from what an even stream would have, so that a frame costs about six bytes:
/// <code>
/// name, offset, length, modified, signature, hasChecksum, checksum, road, codec id, codec name, FFmpeg major, tag, extradata,
/// declared width, height, range, matrix and chroma location,
/// temporal layers, width, height, rotation, is mirrored, time base, last frame's ticks,
/// samples, frames, keyframes, has decode times, look-ahead, changes parameters, has checksums,
/// per sample: size, offset - end of the sample before, timestamp - the one before [, decode time - the one before] [, checksum]
/// per frame: sample - (the one before + 1); per keyframe: sample - the one before
/// </code>
/// </summary>
internal static class IndexRecordFormat
{
    public static void Write(IndexRecord record, ArrayBufferWriter<byte> output)
    {
        VideoIndex index = record.Index;
        PackedNumberWriter writer = new(output);
        writer.Text(record.Name);
        writer.Unsigned((ulong)record.Offset);
        writer.Unsigned((ulong)record.Length);
        writer.Unsigned((ulong)record.ModifiedTicks);
        writer.Unsigned(record.Signature);
        writer.Unsigned(record.Checksum is null ? 0u : 1u);
        writer.Unsigned(record.Checksum ?? 0);
        writer.Unsigned((ulong)index.Road);
        writer.Signed(index.CodecId);
        writer.Text(index.CodecName);
        writer.Unsigned((ulong)LibraryMajor);
        writer.Unsigned(index.Decoder.CodecTag);
        writer.Bytes(index.Decoder.ExtraData);
        writer.Unsigned((ulong)index.Decoder.Width);
        writer.Unsigned((ulong)index.Decoder.Height);
        writer.Signed(index.Decoder.Color.Range);
        writer.Signed(index.Decoder.Color.Matrix);
        writer.Signed(index.Decoder.Color.ChromaLocation);
        writer.Unsigned((ulong)index.TemporalLayers);
        writer.Unsigned((ulong)index.CodedWidth);
        writer.Unsigned((ulong)index.CodedHeight);
        writer.Unsigned((ulong)index.RotationDegrees);
        writer.Unsigned(index.Orientation.IsMirrored ? 1u : 0u);
        writer.Unsigned((ulong)index.TimeBaseNumerator);
        writer.Unsigned((ulong)index.TimeBaseDenominator);
        writer.Signed(index.LastFrameTicks);
        writer.Unsigned((ulong)index.SampleCount);
        writer.Unsigned((ulong)index.FrameCount);
        writer.Unsigned((ulong)index.Keyframes.Length);
        writer.Unsigned(index.DecodeTimestamps.Length > 0 ? 1u : 0u);
        writer.Unsigned((ulong)index.LookAheadSamples);
        writer.Unsigned(index.ChangesParameters ? 1u : 0u);
        writer.Unsigned(index.PictureChecksums.Length > 0 ? 1u : 0u);
        WriteTables(writer, index);
    }

    /// <summary>Reads a record.</summary>
    /// <exception cref="InvalidDataException">The bytes contradict themselves.</exception>
    public static IndexRecord Read(ReadOnlySpan<byte> bytes)
    {
        PackedNumberReader reader = new(bytes);
        string name = reader.Text();
        long offset = reader.NonNegative();
        long length = reader.NonNegative();
        long modified = reader.NonNegative();
        uint signature = (uint)reader.Unsigned();
        bool hasChecksum = reader.Unsigned() == 1;
        uint checksum = (uint)reader.Unsigned();
        int road = reader.Count(1);
        int codecId = (int)reader.Signed();
        string codecName = reader.Text();
        int libraryMajor = reader.Count(int.MaxValue);
        uint tag = (uint)reader.Unsigned();
        byte[] extraData = reader.Bytes();
        int declaredWidth = reader.Count(1 << 16);
        int declaredHeight = reader.Count(1 << 16);
        StreamColor color = new((int)reader.Signed(), (int)reader.Signed(), (int)reader.Signed());
        int temporalLayers = reader.Count(7);
        int width = reader.Count(1 << 16);
        int height = reader.Count(1 << 16);
        int rotation = reader.Count(270);
        bool isMirrored = reader.Unsigned() == 1;
        int numerator = reader.Count(int.MaxValue);
        int denominator = reader.Count(int.MaxValue);
        long lastFrameTicks = reader.Signed();
        // A sample takes at least three bytes and a frame or keyframe one: the counts together ask for a few times the file's bytes.
        int samples = reader.Count(reader.Remaining / 3);
        int frames = reader.Count(reader.Remaining - (3 * samples));
        int keyframes = reader.Count(Math.Min(samples, reader.Remaining - (3 * samples) - frames));
        bool hasDecodeTimes = reader.Unsigned() == 1;
        int lookAhead = reader.Count(int.MaxValue);
        bool changesParameters = reader.Unsigned() == 1;
        bool hasChecksums = reader.Unsigned() == 1;
        Require(length <= long.MaxValue - offset && (hasDecodeTimes || road == (int)Road.Indexed));
        long[] offsets = new long[samples];
        int[] sizes = new int[samples];
        long[] timestamps = new long[samples];
        long[] decodeTimestamps = hasDecodeTimes ? new long[samples] : [];
        int[] sampleOfFrame = new int[frames];
        int[] keyframeSamples = new int[keyframes];
        uint[] checksums = hasChecksums ? new uint[samples] : [];
        ReadSamples(ref reader, offsets, sizes, timestamps, decodeTimestamps, checksums,
            road == (int)Road.Indexed ? length : long.MaxValue);
        ReadFrames(ref reader, sampleOfFrame, keyframeSamples, samples);
        Require(frames > 0 && keyframes > 0 && width > 0 && height > 0 && rotation % 90 == 0);
        Require(numerator > 0 && denominator > 0 && reader.Remaining == 0);
        // Another decoder may round its pictures otherwise.
        Require(!hasChecksums || libraryMajor == LibraryMajor);
        return new IndexRecord(name, offset, length, modified, signature, hasChecksum ? checksum : null, new VideoIndex
        {
            Road = (Road)road,
            Decoder = new DecoderParameters(
                CodecOfThisLibrary(codecId, codecName, libraryMajor), tag, extraData, declaredWidth, declaredHeight, color),
            CodecName = codecName,
            TemporalLayers = temporalLayers,
            CodedWidth = width,
            CodedHeight = height,
            Orientation = new Orientation(rotation, isMirrored),
            TimeBaseNumerator = numerator,
            TimeBaseDenominator = denominator,
            Offsets = offsets,
            Sizes = sizes,
            Timestamps = timestamps,
            DecodeTimestamps = decodeTimestamps,
            SampleOfFrame = sampleOfFrame,
            Keyframes = keyframeSamples,
            LookAheadSamples = lookAhead,
            ChangesParameters = changesParameters,
            PictureChecksums = checksums,
            LastFrameTicks = lastFrameTicks,
            SourceLength = length,
        });
    }

    private static int LibraryMajor => FFmpegLibraries.TryLoad(out _) ? (int)(AvCodec.avcodec_version() >> 16) : 0;

    /// <summary>The numbers of codecs newer than HEVC differ between major versions of libavcodec.</summary>
    private static int CodecOfThisLibrary(int id, string name, int libraryMajor)
    {
        if (name == "av1")
        {
            return FFmpegLibraries.TryLoad(out _) ? CodecIds.Av1 : id;
        }

        Require(id <= CodecIds.Hevc || libraryMajor == LibraryMajor);
        return id;
    }

    private static void WriteTables(PackedNumberWriter writer, VideoIndex index)
    {
        long end = 0;
        long timestamp = 0;
        long decodeTimestamp = 0;
        for (int sample = 0; sample < index.SampleCount; sample++)
        {
            writer.Unsigned((ulong)index.Sizes[sample]);
            writer.Signed(index.Offsets[sample] - end);
            writer.Signed(index.Timestamps[sample] - timestamp);
            end = index.Offsets[sample] + index.Sizes[sample];
            timestamp = index.Timestamps[sample];
            if (index.DecodeTimestamps.Length > 0)
            {
                writer.Signed(index.DecodeTimestamps[sample] - decodeTimestamp);
                decodeTimestamp = index.DecodeTimestamps[sample];
            }

            if (index.PictureChecksums.Length > 0)
            {
                writer.Unsigned(index.PictureChecksums[sample]);
            }
        }

        int previous = -1;
        foreach (int sample in index.SampleOfFrame)
        {
            writer.Signed(sample - (previous + 1));
            previous = sample;
        }

        previous = 0;
        foreach (int sample in index.Keyframes)
        {
            writer.Unsigned((ulong)(sample - previous));
            previous = sample;
        }
    }

    private static void ReadSamples(
        ref PackedNumberReader reader, long[] offsets, int[] sizes, long[] timestamps, long[] decodeTimestamps,
        uint[] checksums, long length)
    {
        long end = 0;
        long timestamp = 0;
        long decodeTimestamp = 0;
        for (int sample = 0; sample < sizes.Length; sample++)
        {
            sizes[sample] = reader.Count(int.MaxValue);
            offsets[sample] = end + reader.Signed();
            timestamps[sample] = timestamp += reader.Signed();
            end = offsets[sample] + sizes[sample];
            Require(length == long.MaxValue || (offsets[sample] >= 0 && end <= length));
            if (decodeTimestamps.Length > 0)
            {
                decodeTimestamps[sample] = decodeTimestamp += reader.Signed();
            }

            if (checksums.Length > 0)
            {
                checksums[sample] = (uint)reader.Unsigned();
            }
        }
    }

    private static void ReadFrames(ref PackedNumberReader reader, int[] sampleOfFrame, int[] keyframes, int samples)
    {
        long sample = -1;
        for (int frame = 0; frame < sampleOfFrame.Length; frame++)
        {
            sample += 1 + reader.Signed();
            Require(sample >= 0 && sample < samples);
            sampleOfFrame[frame] = (int)sample;
        }

        sample = 0;
        for (int keyframe = 0; keyframe < keyframes.Length; keyframe++)
        {
            int step = reader.Count(int.MaxValue);
            Require(keyframe == 0 || step > 0);
            sample += step;
            Require(sample < samples);
            keyframes[keyframe] = (int)sample;
        }
    }

    private static void Require(bool holds)
    {
        if (!holds)
        {
            throw PackedNumberReader.Contradiction();
        }
    }
}
