namespace Avion.Training.Tests;

/// <summary>Reads TensorBoard event files by their public description; shares no code with the writer.</summary>
internal static class TensorBoardDecoder
{
    public sealed record Event(double WallTime, long Step, string? FileVersion, int? SessionStatus,
        List<(string Tag, float Value)> Scalars);

    public static List<Event> Read(string path)
    {
        using BinaryReader reader = new(File.OpenRead(path));
        List<Event> events = new();
        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            byte[] header = reader.ReadBytes(8);
            CheckChecksum(header, reader.ReadUInt32(), "length");
            byte[] data = reader.ReadBytes(checked((int)BitConverter.ToInt64(header)));
            CheckChecksum(data, reader.ReadUInt32(), "data");
            events.Add(DecodeEvent(data));
        }

        return events;
    }

    /// <summary>CRC-32C bit by bit from the polynomial x^32 + x^28 + x^27 + ... in normal (not reflected) form.</summary>
    public static uint Crc(byte[] data)
    {
        uint crc = 0xFFFFFFFF;
        foreach (byte value in data)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                bool carry = ((crc >> 31) & 1) != (uint)((value >> bit) & 1);
                crc <<= 1;
                if (carry)
                {
                    crc ^= 0x1EDC6F41;
                }
            }
        }

        uint reversed = 0;
        for (int bit = 0; bit < 32; bit++)
        {
            reversed |= ((crc >> bit) & 1) << (31 - bit);
        }

        return reversed ^ 0xFFFFFFFF;
    }

    private static void CheckChecksum(byte[] data, uint stored, string what)
    {
        uint rotated = stored - 0xa282ead8u;
        uint crc = (rotated >> 17) | (rotated << 15);
        Assert.True(crc == Crc(data), $"The checksum of the record's {what} is wrong.");
    }

    private static Event DecodeEvent(byte[] data)
    {
        double wallTime = 0;
        long step = 0;
        string? version = null;
        int? session = null;
        List<(string, float)> scalars = new();
        foreach ((int field, ulong number, byte[] bytes) in Fields(data))
        {
            switch (field)
            {
                case 1: wallTime = BitConverter.UInt64BitsToDouble(number); break;
                case 2: step = (long)number; break;
                case 3: version = Encoding.UTF8.GetString(bytes); break;
                case 5: scalars.AddRange(DecodeSummary(bytes)); break;
                case 7:
                    foreach ((int inner, ulong status, _) in Fields(bytes))
                    {
                        Assert.Equal(1, inner);
                        session = (int)status;
                    }

                    break;
                default: Assert.Fail($"Unexpected field {field} in an event."); break;
            }
        }

        return new Event(wallTime, step, version, session, scalars);
    }

    private static IEnumerable<(string, float)> DecodeSummary(byte[] summary)
    {
        foreach ((int field, _, byte[] value) in Fields(summary))
        {
            Assert.Equal(1, field);
            string tag = "";
            float number = float.NaN;
            foreach ((int inner, ulong bits, byte[] bytes) in Fields(value))
            {
                switch (inner)
                {
                    case 1: tag = Encoding.UTF8.GetString(bytes); break;
                    case 2: number = BitConverter.UInt32BitsToSingle((uint)bits); break;
                    default: Assert.Fail($"Unexpected field {inner} in a value."); break;
                }
            }

            yield return (tag, number);
        }
    }

    private static IEnumerable<(int Field, ulong Number, byte[] Bytes)> Fields(byte[] message)
    {
        BinaryReader reader = new(new MemoryStream(message));
        while (reader.BaseStream.Position < message.Length)
        {
            long tag = reader.Read7BitEncodedInt64();
            int field = (int)(tag >> 3);
            switch (tag & 7)
            {
                case 0: yield return (field, (ulong)reader.Read7BitEncodedInt64(), []); break;
                case 1: yield return (field, reader.ReadUInt64(), []); break;
                case 2: yield return (field, 0, reader.ReadBytes((int)reader.Read7BitEncodedInt64())); break;
                case 5: yield return (field, reader.ReadUInt32(), []); break;
                default: throw new InvalidDataException($"Unexpected wire type {tag & 7}.");
            }
        }
    }
}
