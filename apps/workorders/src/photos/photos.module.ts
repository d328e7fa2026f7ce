import { join } from 'node:path';
import { Module } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { type Settings, type Surroundings, SURROUNDINGS, Views } from '@hospital/service';
import type { FastifyInstance } from 'fastify';
import { PhotoFolder, type PhotoStore } from './photo-folder';
import { Photos } from './photos';

/** Where this process keeps photos; replicas are given one folder that they share. */
export const photoStore = ({ PHOTOS_DIR, DATA_DIR }: Pick<Settings, 'PHOTOS_DIR' | 'DATA_DIR'>): PhotoStore =>
  new PhotoFolder(PHOTOS_DIR ?? join(DATA_DIR, 'photos'));

/** Photos beside the graph, at /photos. */
@Module({
  providers: [
    {
      provide: Photos,
      inject: [SURROUNDINGS, HttpAdapterHost, Views],
      useFactory: ({ settings, verify, log }: Surroundings, { httpAdapter }: HttpAdapterHost, views: Views) => {
        const photos = new Photos(photoStore(settings), views, verify);
        photos.serve(httpAdapter.getInstance() as FastifyInstance);
        const sweep = () =>
          void photos.sweep(Date.now()).catch((error: unknown) => log.warn({ err: error }, 'unused photos were not removed this time'));
        return Object.assign(photos, { onApplicationBootstrap: sweep });
      },
    },
  ],
})
export class PhotosModule {}
